package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// line is a measurement while the others are still to come.
func line(s sample) string {
	if s.Error != "" {
		return s.Error
	}
	return fmt.Sprintf("%-16s %-10s %.2f s/GB, p50 %sms, p99 %sms, %s MB, lost %d, wrong %d, harness %s, others %s",
		s.Scenario, s.Target, s.cpu(), latency(s.P50), latency(s.P99), megabytes(s.Memory), s.Lost, s.Wrong, percent(s.Harness), percent(s.Others))
}

// report is a run's medians as text.
func report(r *result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n%s\n\n", r.Machine, strings.Join(r.Command, " "))
	table(&b, r.Medians)
	notes(&b, r)
	return b.String()
}

// table writes rows with a gap between scenarios.
func table(b *strings.Builder, medians []sample) {
	var cells, aligned strings.Builder
	cells.WriteString("scenario\trelay\tCPU s/GB\tuser\tsys\tp50 ms\tp99 ms\tpeak MB\tlost\tallocs/msg\tcore\tharness\tothers\tto nginx\tto bare\t\n")
	last := ""
	for _, s := range medians {
		if s.Scenario != last {
			cells.WriteString(strings.Repeat("\t", columns) + "\n")
		}
		last = s.Scenario
		cells.WriteString(row(s) + "\n")
	}
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = t.Write([]byte(cells.String())) // a strings.Builder takes every write
	_ = t.Flush()
	for line := range strings.Lines(aligned.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// columns of the table.
const columns = 15

// row is a line of the table. What has no meaning is left empty.
func row(s sample) string {
	cells := []string{s.Scenario, s.Target}
	switch {
	case s.Error != "":
		cells = append(cells, "failed")
	case s.Wrong > 0:
		cells = append(cells, "WRONG")
	case s.Delivered == 0: // stalled
		cells = append(cells, "", "", "", "", "", megabytes(s.Memory))
	default:
		cells = append(cells, fmt.Sprintf("%.2f", s.cpu()), fmt.Sprintf("%.2f", s.User), fmt.Sprintf("%.2f", s.System),
			latency(s.P50), latency(s.P99), megabytes(s.Memory), fmt.Sprint(s.Lost), allocations(s),
			percent(s.Load), percent(s.Harness), percent(s.Others), ratio(s.ToNginx), ratio(s.ToBare))
	}
	for len(cells) < columns {
		cells = append(cells, "")
	}
	return strings.Join(cells, "\t") + "\t"
}

func latency(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

func percent(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }

func ratio(f float64) string {
	if f == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", f)
}

func allocations(s sample) string {
	if s.Allocations == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", *s.Allocations)
}

// notes are what the table has no column for.
func notes(b *strings.Builder, r *result) {
	b.WriteString("\n")
	for _, m := range r.Most {
		fmt.Fprintf(b, "%s: p99 is under %v with %d destinations; %s\n", m.Target, saturateLimit, m.N, m.Why)
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(b, "Left out: %s.\n", s)
	}
	for _, s := range r.Medians {
		switch {
		case s.Error != "":
			fmt.Fprintf(b, "FAILED: %s\n", s.Error)
		case s.Wrong > 0:
			fmt.Fprintf(b, "WRONG: %s, %s: %d messages, the first: %s\n", s.Target, s.Scenario, s.Wrong, s.Complaint)
		case s.Reconnects > 0:
			fmt.Fprintf(b, "%s, %s: destinations connected again %d times\n", s.Target, s.Scenario, s.Reconnects)
		}
		if s.Harness > harnessLimit {
			fmt.Fprintf(b, "%s, %s: publisher and sinks took %s of their core, so that latencies are theirs too\n", s.Target, s.Scenario, percent(s.Harness))
		}
	}
}
