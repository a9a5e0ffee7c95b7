package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hawker-live/hawker/overlay/api"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var watch, asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the running server does",
		Long: `Show the streams of the running server and how each destination is doing.

States of a destination:
  off          disabled
  idle         enabled, and no encoder is live
  connecting   on its way, up to the first data that the platform has taken
  live         the platform has taken data in the last 5 s
  stalled      connected, but the platform takes nothing
  backing off  waiting to try again
  refused      the platform says no; tried again now and then`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			show := a.showStatus
			if asJSON {
				show = a.showStatusJSON
			}
			if !watch {
				return show(cmd.Context(), client)
			}
			return a.watchStatus(cmd.Context(), client, show, asJSON)
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again every second until interrupted")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, as GET /api/v1/streams gives it")
	return cmd
}

func (a *app) showStatusJSON(ctx context.Context, client *admin.Client) error {
	streams, err := client.Streams(ctx)
	if err != nil {
		return serverError(err)
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(admin.Streams{Streams: streams})
}

func (a *app) showStatus(ctx context.Context, client *admin.Client) error {
	streams, err := client.Streams(ctx)
	if err != nil {
		return serverError(err)
	}
	writeStatus(a.out, streams, time.Now())
	a.writeStages(ctx, client, streams, time.Now())
	return nil
}

// writeStages prints what the streams sell now. A server that does not tell, or
// only to others, is no reason to show nothing of the rest.
func (a *app) writeStages(ctx context.Context, client *admin.Client, streams []relay.StreamStatus, now time.Time) {
	for _, s := range streams {
		var stage api.Stage
		if client.Call(ctx, http.MethodGet, "/api/v1/streams/"+url.PathEscape(s.Name)+"/overlay", nil, &stage) == nil {
			if stage.Audience != nil {
				_, _ = fmt.Fprintf(a.out, "\n%s has %s", s.Name, watched(stage.Audience))
			}
			for _, line := range onAir(stage, now) {
				_, _ = fmt.Fprintf(a.out, "\n%s shows %s", s.Name, line)
			}
		}
	}
	_, _ = fmt.Fprintln(a.out)
}

// clearScreen moves to the top left corner and clears what is below (ECMA-48).
const clearScreen = "\x1b[H\x1b[J"

func (a *app) watchStatus(ctx context.Context, client *admin.Client, show func(context.Context, *admin.Client) error, asJSON bool) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if !asJSON {
			_, _ = fmt.Fprint(a.out, clearScreen)
		}
		if err := show(ctx, client); err != nil && ctx.Err() == nil {
			_, _ = fmt.Fprintln(a.out, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// writeStatus prints streams for people.
func writeStatus(w io.Writer, streams []relay.StreamStatus, now time.Time) {
	if len(streams) == 0 {
		_, _ = fmt.Fprintln(w, "No streams are configured. Add one: hawker stream add NAME")
		return
	}
	for i, s := range streams {
		if i > 0 {
			_, _ = fmt.Fprintln(w)
		}
		writeStream(w, s, now)
	}
}

func writeStream(w io.Writer, s relay.StreamStatus, now time.Time) {
	_, _ = fmt.Fprintf(w, "%s  %s for %s\n", s.Name, strings.ToUpper(string(s.State)), since(s.Since, now))
	if line := describe(s); line != "" {
		_, _ = fmt.Fprintf(w, "  %s\n", line)
	}
	if p := s.Publisher; p != nil {
		_, _ = fmt.Fprintf(w, "  from %s  %s\n", encoder(*p), p.Encoder)
	}
	for _, p := range s.Standby {
		_, _ = fmt.Fprintf(w, "  standing by: %s  %s\n", encoder(p), p.Encoder)
	}
	if h := s.Hold; h != nil {
		_, _ = fmt.Fprintf(w, "  %s\n", holding(h, now))
	}
	if line := recordingLine(s, now); line != "" {
		_, _ = fmt.Fprintf(w, "  %s\n", line)
	}
	if len(s.Destinations) == 0 {
		_, _ = fmt.Fprintf(w, "  no destinations; add one: hawker destination add %s NAME --platform youtube\n", s.Name)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "  DESTINATION\tSTATE\tFOR\tOUT\tSENT\tLAG\tDROPPED\tRECONNECTS")
	for _, d := range s.Destinations {
		_, _ = fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", d.Name, d.State, since(d.Since, now),
			bitrate(d.BitrateOut), size(d.AckedBytes), d.Lag.Round(10*time.Millisecond), d.Dropped, d.Reconnects)
	}
	_ = t.Flush()
	writeTroubles(w, s, now)
}

// writeTroubles tells what is wrong with destinations, and what will be.
func writeTroubles(w io.Writer, s relay.StreamStatus, now time.Time) {
	for _, d := range s.Destinations {
		switch line := trouble(d.Status, now); {
		case line == "":
		case d.State == destination.Live:
			_, _ = fmt.Fprintf(w, "  %s is back; it was interrupted: %s\n", d.Name, line)
		default:
			_, _ = fmt.Fprintf(w, "  ! %s: %s\n", d.Name, line)
		}
		if !d.Enabled {
			continue
		}
		for _, p := range d.Preflight {
			_, _ = fmt.Fprintf(w, "  ! %s, %s: %s\n      -> %s\n", d.Name, verdict(p.Severity), p.Text, p.Fix)
		}
	}
}

// encoder is where an encoder is; of a primary that goes without saying.
func encoder(p relay.PublisherStatus) string {
	if p.Role == relay.Backup {
		return "the backup encoder at " + p.Remote
	}
	return p.Remote
}

// holding tells what happens while the encoder is away.
func holding(h *relay.HoldStatus, now time.Time) string {
	left := max(0, h.Until.Sub(now)).Round(time.Second)
	if h.Goodbye {
		return fmt.Sprintf("the encoder has stopped; the broadcast ends in %s unless it is back", left)
	}
	if h.Overdue {
		return fmt.Sprintf("an encoder is back, and its keyframe is waited for; %s more", left)
	}
	line := fmt.Sprintf("the encoder is gone; destinations are kept for %s more and get %s", left, feed(h.Feed))
	if h.Note != "" {
		line += " (" + h.Note + ")"
	}
	return line
}

func feed(what string) string {
	switch what {
	case "picture":
		return "its last picture without sound"
	case "picture and silence":
		return "its last picture and silence"
	}
	return what
}

// describe tells what comes in: "H264 High 4.1 1920x1080 30 fps, AAC LC 48 kHz 2 ch, 6.1 Mb/s, keyframe every 2.0 s".
func describe(s relay.StreamStatus) string {
	if s.State != relay.Live {
		return ""
	}
	var parts []string
	if s.Video != nil {
		parts = append(parts, describeVideo(*s.Video))
	}
	if s.Audio != nil {
		parts = append(parts, describeAudio(*s.Audio))
	}
	parts = append(parts, bitrate(s.Bitrate))
	if s.KeyframeInterval > 0 {
		parts = append(parts, fmt.Sprintf("keyframe every %.1f s", s.KeyframeInterval))
	}
	return strings.Join(parts, ", ")
}

func describeVideo(v relay.VideoStatus) string {
	text := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", v.Codec, v.Profile, v.Level)), " ")
	if v.Width > 0 {
		text += fmt.Sprintf(" %dx%d", v.Width, v.Height)
	}
	if v.FrameRate > 0 {
		text += fmt.Sprintf(" %.4g fps", v.FrameRate)
	}
	return text
}

func describeAudio(a relay.AudioStatus) string {
	text := strings.TrimSpace(fmt.Sprintf("%s %s", a.Codec, a.Profile))
	if a.SampleRate > 0 {
		text += fmt.Sprintf(" %g kHz %d ch", float64(a.SampleRate)/1000, a.Channels)
	}
	return text
}

// trouble tells why a destination is not live and when it is tried again.
func trouble(d destination.Status, now time.Time) string {
	if d.Error == "" {
		return ""
	}
	line := d.Error
	if d.NextTry.After(now) {
		line += fmt.Sprintf(" (attempt %d failed; next try in %s, or now: hawker destination retry %s %s)",
			d.Attempt, d.NextTry.Sub(now).Round(time.Second), d.Stream, d.Name)
	}
	return line
}

func since(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return max(0, now.Sub(t)).Round(time.Second).String()
}

func bitrate(bitsPerSecond float64) string {
	switch {
	case bitsPerSecond >= 1e6:
		return fmt.Sprintf("%.1f Mb/s", bitsPerSecond/1e6)
	case bitsPerSecond > 0:
		return fmt.Sprintf("%.0f kb/s", bitsPerSecond/1e3)
	}
	return "-"
}

func size(bytes uint64) string {
	switch {
	case bytes >= 1e9:
		return fmt.Sprintf("%.2f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes > 0:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	}
	return "-"
}
