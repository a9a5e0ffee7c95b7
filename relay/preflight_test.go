package relay_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/preflight"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// findings is what status, API and people are told: "twitch: refused video_codec".
func (r *rig) findings() string {
	var out []string
	for _, d := range r.Status()[0].Destinations {
		for _, p := range d.Preflight {
			out = append(out, fmt.Sprintf("%s: %s %s", d.Name, p.Severity, p.Code))
		}
	}
	return strings.Join(out, ", ")
}

// TestPreflight sends HEVC with keyframes too far apart to fake platforms that
// are called by the names of real ones.
func TestPreflight(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	dest := func(name, platform string, keyAge time.Duration) relay.Destination {
		d := to(name, p)
		d.Platform, d.KeySeen = platform, time.Now().Add(-keyAge)
		return d
	}
	off := dest("off", "twitch", 0)
	off.Enabled = false
	r := live(t, dest("tw", "twitch", 900*time.Hour), dest("fb", "facebook", 25*time.Hour), dest("tk", "tiktok", 13*time.Hour),
		dest("yt", "youtube", 0), dest("own", "", 900*time.Hour), off)

	const credentials = "fb: refused key_age, tk: warning key_age"
	if got := r.findings(); got != credentials {
		t.Errorf("before the show: %q, want %q", got, credentials)
	}
	r.problems("fb", 1, 0)
	r.problems("tk", 0, 1)
	if r.Status()[0].Measured != nil {
		t.Error("measured without an encoder")
	}

	e := r.encode(relaytest.EncoderConfig{Source: relaytest.Synthetic{FourCC: "hvc1", GOP: time.Minute, VideoBitrate: 400_000}.Source()})
	const all = "tw: refused video_codec, tw: warning keyframe_interval, " +
		"fb: refused video_codec, fb: refused keyframe_interval, " + // its key was accepted
		"tk: refused video_codec, tk: warning keyframe_interval, tk: warning key_age, " +
		"yt: refused keyframe_interval, " +
		"off: refused video_codec, off: warning keyframe_interval"
	eventually(t, 10*time.Second, all, func() bool { return r.findings() == all })
	r.problems("tw", 1, 1)
	r.problems("own", 0, 0)
	r.problems("off", 0, 0)
	if m := r.Status()[0].Measured; m == nil || m.Seconds < 2 || m.KeyframeInterval < 4 || m.VideoBitrate == 0 {
		t.Errorf("measured %+v", m)
	}

	e.Kill()
	eventually(t, 10*time.Second, "the findings about the stream go with the encoder", func() bool { return r.findings() == "tk: warning key_age" })
	if s := r.Status()[0]; s.State != relay.Holding || s.Measured != nil {
		t.Errorf("%s, measured %+v; want to hold, with nothing measured", s.State, s.Measured)
	}
}

// problems compares the metric of a destination.
func (r *rig) problems(name string, refused, warning int) {
	r.t.Helper()
	families, err := r.metrics.Gather()
	must(r.t, err)
	got := map[string]int{}
	for _, f := range families {
		if f.GetName() != "hawker_destination_preflight_problems" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["stream"] == "main" && labels["destination"] == name {
				got[labels["severity"]] = int(m.GetGauge().GetValue())
			}
		}
	}
	if want := map[string]int{"refused": refused, "warning": warning}; !maps.Equal(got, want) {
		r.t.Errorf("%s: the metric has %v, want %v", name, got, want)
	}
}

// TestDestinationStatusAsJSON guards against losing what one of the two types
// that it is made of writes in its own way.
func TestDestinationStatusAsJSON(t *testing.T) {
	for name, s := range map[string]relay.DestinationStatus{
		"with findings": {
			Status:   destination.Status{Stream: "main", Name: "fb", State: destination.Live, Lag: 1500 * time.Millisecond},
			Platform: "facebook", Preflight: []preflight.Problem{{Severity: preflight.Refused, Code: preflight.VideoCodec, Text: "No.", Fix: "Do."}},
		},
		"without": {Status: destination.Status{Name: "own"}, Preflight: []preflight.Problem{}},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(s)
			must(t, err)
			var back relay.DestinationStatus
			must(t, json.Unmarshal(data, &back))
			if !reflect.DeepEqual(back, s) {
				t.Errorf("%+v became %+v by %s", s, back, data)
			}
			if !strings.Contains(string(data), `"lag_seconds":`) || !strings.Contains(string(data), `"preflight":[`) {
				t.Errorf("a field is missing: %s", data)
			}
		})
	}
}
