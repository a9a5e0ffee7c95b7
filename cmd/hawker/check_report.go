package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/preflight"
)

// verdict is what people read for a severity; none is fine.
func verdict(s preflight.Severity) string {
	switch s {
	case preflight.Refused:
		return "will be refused"
	case preflight.Warning:
		return "warning"
	}
	return "fine"
}

// writeFindings prints a destination with all that is wrong with it, under the
// worst of it.
func writeFindings(w io.Writer, name string, problems []preflight.Problem) {
	var worst preflight.Severity
	for _, s := range preflight.Severities() {
		if worst == "" && preflight.Count(problems, s) > 0 {
			worst = s
		}
	}
	_, _ = fmt.Fprintf(w, "  %-15s  %s\n", verdict(worst), name)
	for _, p := range problems {
		text := p.Text
		if p.Severity != worst {
			text += " (" + verdict(p.Severity) + ")"
		}
		_, _ = fmt.Fprintf(w, "      %s\n      -> %s\n", text, p.Fix)
	}
}

// writeMeasured prints what a stream is.
func (a *app) writeMeasured(s relay.StreamStatus) {
	m := s.Measured
	if s.State != relay.Live || m == nil {
		_, _ = fmt.Fprintf(a.out, "%s is %s: not measured\n", s.Name, s.State)
		return
	}
	_, _ = fmt.Fprintf(a.out, "%s is live; the last %.0f s:\n", s.Name, m.Seconds)
	if v := s.Video; v != nil {
		order := ""
		if m.BFrames {
			order = " with B-frames"
		}
		_, _ = fmt.Fprintf(a.out, "  video  %s%s, %.0f kb/s, keyframes up to %.1f s apart\n", describeVideo(*v), order, m.VideoBitrate/1e3, m.KeyframeInterval)
	}
	if au := s.Audio; au != nil {
		_, _ = fmt.Fprintf(a.out, "  audio  %s, %.0f kb/s\n", describeAudio(*au), m.AudioBitrate/1e3)
	}
}

// uplink is what leaves this machine.
type uplink struct {
	parts       []string
	needed, out float64
}

func (u *uplink) add(s relay.StreamStatus) {
	n := 0
	for _, d := range s.Destinations {
		if d.Enabled {
			n++
		}
		if !d.ConnectedSince.IsZero() {
			u.out += d.BitrateOut
		}
	}
	if m := s.Measured; m != nil && n > 0 {
		each := m.VideoBitrate + m.AudioBitrate
		u.needed += float64(n) * each
		u.parts = append(u.parts, fmt.Sprintf("%s x %s", count(n, "destination"), bitrate(each)))
	}
}

func (u *uplink) String() string {
	if len(u.parts) == 0 {
		return "No destination is enabled: nothing is uploaded."
	}
	now := "nothing"
	if u.out > 0 {
		now = bitrate(u.out)
	}
	return fmt.Sprintf("Upload needed: %s = %s. The platforms take %s now.", strings.Join(u.parts, " + "), bitrate(u.needed), now)
}
