package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run measures what the arguments say, or is the yardstick: see bareTarget.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) == 2 && isBare(args[0]) {
		return runBare(ctx, out, args[0], args[1])
	}
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	relayCore, ownCore, err := cores()
	if err != nil {
		return err
	}
	b, err := newBench(o, relayCore)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	targets, skipped, err := newTargets(ctx, o, b.dir)
	if err != nil {
		return err
	}
	if err := pinSelf(ownCore); err != nil {
		return err
	}
	b.progress = func(s sample) { _, _ = fmt.Fprintln(log, line(s)) }
	r := &result{Machine: machine(), Command: append([]string{"benchmark"}, args...), Began: time.Now(), Skipped: skipped}
	err = b.all(ctx, targets, r)
	return errors.Join(b.finish(r, out), err)
}

// newBench makes what measurements share. The caller removes its folder.
func newBench(o options, relayCore int) (*bench, error) {
	ca, err := relaytest.NewCA()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hawker-benchmark-")
	if err != nil {
		return nil, err
	}
	file, err := ca.File(dir)
	return &bench{options: o, dir: dir, ca: ca, caFile: file, relayCore: relayCore}, err
}

// line is a measurement while the others are still to come.
func line(s sample) string {
	if s.Error != "" {
		return s.Error
	}
	return fmt.Sprintf("%-16s %-10s %.2f s/GB, p50 %sms, p99 %sms, %s MB, lost %d, wrong %d, harness %s",
		s.Scenario, s.Target, s.cpu(), latency(s.P50), latency(s.P99), megabytes(s.Memory), s.Lost, s.Wrong, percent(s.Harness))
}

// all fills r. A relay that fails is part of the result; only the end of ctx
// ends it early.
func (b *bench) all(ctx context.Context, targets []target, r *result) error {
	for round := range b.rounds {
		for _, sc := range plan(b.options) {
			if err := b.each(ctx, sc, targets, round, r); err != nil {
				return err
			}
		}
	}
	if b.extras {
		for _, n := range b.n {
			if err := b.each(ctx, stalledDestinations(n), targets, 0, r); err != nil {
				return err
			}
		}
	}
	for _, t := range targets {
		if !b.saturate {
			break
		}
		m, samples, err := b.saturation(ctx, t)
		r.Most, r.Search = append(r.Most, m), append(r.Search, samples...)
		if err != nil {
			return err
		}
	}
	return nil
}

// saturation begins beyond what has been measured already.
func (b *bench) saturation(ctx context.Context, t target) (most, []sample, error) {
	return b.searchMost(ctx, t, max(100, 2*slices.Max(b.n)))
}

// each measures every target that can in one scenario.
func (b *bench) each(ctx context.Context, sc scenario, targets []target, round int, r *result) error {
	for _, t := range targets {
		if !t.can(sc) {
			continue
		}
		s, err := b.measure(ctx, sc, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.Error = err.Error()
		}
		s.Round = round + 1
		r.Samples = append(r.Samples, s)
		b.progress(s)
	}
	return nil
}

// finish prints and writes the result. It is an error if a relay was wrong.
func (b *bench) finish(r *result, out io.Writer) error {
	r.Medians = medians(r.Samples)
	if _, err := io.WriteString(out, report(r)); err != nil {
		return err
	}
	if b.json != "" {
		data, err := r.json()
		if err != nil {
			return err
		}
		if err := os.WriteFile(b.json, data, 0o644); err != nil {
			return err
		}
	}
	wrong := slices.ContainsFunc(r.Search, func(s sample) bool { return s.Wrong > 0 })
	for _, s := range r.Medians {
		wrong = wrong || !s.good()
	}
	if wrong {
		return errors.New("not every relay did its work: see above")
	}
	return nil
}
