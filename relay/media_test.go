package relay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

func TestEnhancedCodecsPass(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fourCC string
		codec  media.Codec
	}{
		"H.264":           {"", "H264"},
		"H.264, enhanced": {"avc1", "H264"},
		"HEVC":            {"hvc1", "HEVC"},
		"AV1":             {"av01", "AV1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			r := live(t, to("d", p))
			source := small
			source.FourCC, source.BFrames = tt.fourCC, true
			e := r.encode(relaytest.EncoderConfig{Source: source.Source()})
			s := session(t, p, 1)
			reach(t, s, 2500)
			checkUndisturbed(t, "d", e, p)
			got := s.Messages()
			must(t, relaytest.CompareTimes(e.Sent(), got, 0))
			if tt.fourCC != "" && !slices.Contains(s.FourCCs(), tt.fourCC) {
				t.Errorf("fourCcList is %q, want %s in it", s.FourCCs(), tt.fourCC)
			}
			if _, there := s.Connect()["fourCcList"]; there && tt.fourCC == "" {
				t.Error("an old server is troubled with fourCcList")
			}
			if v := r.Status()[0].Video; v == nil || v.Codec != tt.codec {
				t.Errorf("the status says %+v, want %s", v, tt.codec)
			}
		})
	}
}

func TestOneTrackIsEnough(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*relaytest.Synthetic){
		"no metadata": func(s *relaytest.Synthetic) { s.NoMetadata = true },
		"video alone": func(s *relaytest.Synthetic) { s.NoAudio = true },
		"audio alone": func(s *relaytest.Synthetic) { s.NoVideo = true },
	}
	for name, leaveOut := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			r := live(t, to("d", p))
			source := small
			leaveOut(&source)
			e := r.encode(relaytest.EncoderConfig{Source: source.Source()})
			s := session(t, p, 1)
			reach(t, s, 1500)
			got := s.Messages()
			must(t, relaytest.Compare(e.Sent(), got))
			must(t, relaytest.CheckClock(got))
		})
	}
}

func TestDelayedDestinationTrails(t *testing.T) {
	t.Parallel()
	const delay = 2 * time.Second
	now, late := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	trailing := to("late", late)
	trailing.Delay = delay
	r := live(t, to("now", now), trailing)
	source := small
	source.Duration = 8 * time.Second
	direct := yardstick(t, small.Source())
	e := r.encode(relaytest.EncoderConfig{Source: source.Source()})
	must(t, e.Wait())
	measure := direct()
	sent := e.Sent()
	for name, p := range map[string]*relaytest.Platform{"now": now, "late": late} {
		s := session(t, p, 1)
		must(t, s.WaitEnd(within(t, 10*time.Second)))
		checkWhole(t, name, e, s)
		if last, _ := s.Last(); last.Hash != sent[len(sent)-1].Hash || !s.Goodbye() || s.Err() != nil {
			t.Errorf("%s: ends with %v, goodbye %v, %v; want all, then goodbye and FIN", name, last.Payload, s.Goodbye(), s.Err())
		}
		must(t, relaytest.CompareTimes(sent, s.Messages(), 0))
	}
	l, err := relaytest.Latencies(sent, late.Sessions()[0].Messages())
	must(t, err)
	t.Logf("late: %v; without the relay %v", l, measure)
	if l.P50 < delay-5*time.Millisecond || l.P50 > delay+150*time.Millisecond+5*measure.P50 || l.P99 > delay+150*time.Millisecond+5*measure.P99 {
		t.Errorf("trails by %v, want %v", l, delay)
	}
	checkLatency(t, "now", sent, now.Sessions()[0].Messages(), measure)
	if dropped := r.status("late").Dropped; dropped != 0 {
		t.Errorf("%d packets dropped", dropped)
	}
}
