package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/preflight"
)

// measureLimit is how long a measurement of ten seconds may take.
const measureLimit = 45 * time.Second

// askEvery is how often the server is asked meanwhile.
const askEvery = 500 * time.Millisecond

// checkLive judges what is live now.
func (a *app) checkLive(ctx context.Context) error {
	client, err := a.client()
	if err != nil {
		return err
	}
	first, last, err := a.measure(ctx, client)
	if err != nil {
		return err
	}
	before := dropped(first)
	refused, uplink := 0, uplink{}
	for _, s := range last {
		_, _ = fmt.Fprintln(a.out)
		a.writeMeasured(s)
		for _, d := range s.Destinations {
			problems, name := judge(s, d, before, time.Now()), s.Name+"/"+d.Name
			if d.Enabled {
				refused += min(1, preflight.Count(problems, preflight.Refused))
			} else {
				name += " (disabled)"
			}
			// Without a measurement, no problem does not mean that all is fine.
			if s.Measured != nil || len(problems) > 0 {
				writeFindings(a.out, name, problems)
			}
		}
		uplink.add(s)
	}
	_, _ = fmt.Fprintln(a.out, "\n"+uplink.String())
	if refused > 0 {
		return coded(exitFailure, fmt.Errorf("%s will be refused", count(refused, "destination")))
	}
	return nil
}

var errNothingLive = errors.New("nothing is live, so there is nothing to measure: press Start Streaming in OBS and check again")

// measure waits until all that is live has been measured for long enough, and
// returns the first answer and the last one.
func (a *app) measure(ctx context.Context, client *admin.Client) (first, last []relay.StreamStatus, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, measureLimit, errors.New("the encoder does not stay: no ten seconds could be measured"))
	defer cancel()
	b := (*board)(nil)
	for {
		last, err = client.Streams(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, nil, coded(exitFailure, context.Cause(ctx))
		case err != nil:
			return nil, nil, serverError(err)
		}
		if first == nil {
			first = last
		}
		seconds, some := measuredSeconds(last)
		if !some {
			return nil, nil, coded(exitFailure, errNothingLive)
		}
		if b == nil && seconds < preflight.Window.Seconds() {
			_, _ = fmt.Fprintf(a.out, "\nMeasuring what is live for %.0f s:\n", preflight.Window.Seconds())
			b = newBoard(a.out, []string{""})
		}
		if b != nil {
			b.set(0, progressLine(seconds), false)
		}
		if seconds >= preflight.Window.Seconds() {
			return first, last, nil
		}
		if pause(ctx, askEvery) != nil {
			return nil, nil, coded(exitFailure, context.Cause(ctx))
		}
	}
}

// measuredSeconds is for how long the youngest of what is live was measured.
func measuredSeconds(streams []relay.StreamStatus) (least float64, some bool) {
	for _, s := range streams {
		if s.State == relay.Live && s.Measured != nil && (!some || s.Measured.Seconds < least) {
			least, some = s.Measured.Seconds, true
		}
	}
	return least, some
}

func progressLine(seconds float64) string {
	done := int(min(seconds, preflight.Window.Seconds()))
	return fmt.Sprintf("  [%s%s] %d s", strings.Repeat("#", done), strings.Repeat(".", int(preflight.Window.Seconds())-done), done)
}

// dropped is how many packets each stream/destination had skipped.
func dropped(streams []relay.StreamStatus) map[string]uint64 {
	out := map[string]uint64{}
	for _, s := range streams {
		for _, d := range s.Destinations {
			out[s.Name+"/"+d.Name] = d.Dropped
		}
	}
	return out
}

// judge adds to what the server has found what shows on the connection itself.
func judge(s relay.StreamStatus, d relay.DestinationStatus, before map[string]uint64, now time.Time) []preflight.Problem {
	problems := slices.Clone(d.Preflight)
	if d.Error != "" && d.State != destination.Live {
		state := preflight.Warning
		if d.State == destination.Refused {
			state = preflight.Refused
		}
		problems = append(problems, preflight.Problem{Severity: state, Code: "destination_" + preflight.Code(d.State),
			Text: "It is " + d.State.String() + " now.", Fix: d.Error})
	}
	if m := s.Measured; m != nil && !d.ConnectedSince.IsZero() {
		problems = append(problems, preflight.CheckUpload(preflight.Upload{
			In: m.VideoBitrate + m.AudioBitrate, Out: d.BitrateOut, Connected: now.Sub(d.ConnectedSince),
			Lag: d.Lag, Dropped: d.Dropped - min(d.Dropped, before[s.Name+"/"+d.Name]),
		})...)
	}
	return problems
}
