package inject_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// decorator is how a program puts an injector into a relay.
type decorator struct{ inject.Injector }

func (d decorator) Decorate(s destination.Source) destination.Source { return d.Open(s) }

const streamKey = "key-of-the-stream"

// rig is a relay with one stream, main, that has a track.
type rig struct {
	*relay.Relay
	t       *testing.T
	track   inject.Track
	metrics *inject.Metrics
	reg     *prometheus.Registry
}

// to is a destination that wants cues in these formats, or none.
func (r *rig) to(name, server string, f inject.Formats) relay.Destination {
	d := relay.Destination{Name: name, Enabled: true, Target: rtmp.Target{Server: server, Key: secret.New(name)}}
	if f != (inject.Formats{}) {
		d.Decorator = decorator{inject.Injector{Track: &r.track, Formats: f, Stream: "main", Destination: name, Metrics: r.metrics}}
	}
	return d
}

func newRig(t *testing.T) *rig {
	reg := prometheus.NewRegistry()
	return &rig{t: t, reg: reg, metrics: inject.NewMetrics(reg)}
}

func (r *rig) conf(destinations ...relay.Destination) relay.Config {
	return relay.Config{RTMP: "127.0.0.1:0", Streams: []relay.Stream{{
		Name: "main", Key: secret.New(streamKey), Hold: time.Minute, Destinations: destinations,
	}}}
}

// run runs the relay until the test ends.
func (r *rig) run(destinations ...relay.Destination) {
	r.t.Helper()
	var err error
	r.Relay, err = relay.New(r.conf(destinations...), relay.Options{Version: "test", Logger: slog.New(slog.DiscardHandler)})
	must(r.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-r.Ready():
	case err := <-done:
		done <- err
		r.t.Fatalf("Run: %v", err)
	}
}

// show is a destination for each platform; late trails by a second.
func (r *rig) show(formats map[string]inject.Formats, platforms map[string]*relaytest.Platform) (all []relay.Destination) {
	for name, p := range platforms {
		d := r.to(name, p.URL(), formats[name])
		if name == "late" {
			d.Delay = time.Second
		}
		all = append(all, d)
	}
	return all
}

// counted is how many cues have been put in for a destination.
func (r *rig) counted(destination string) (n float64) {
	families, err := r.reg.Gather()
	must(r.t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == "hawker_cues_injected_total" && l.GetName() == "destination" && l.GetValue() == destination {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

func (r *rig) url() string { return "rtmp://" + r.Addr().String() + "/live" }

func (r *rig) encode(source relaytest.Source) *relaytest.Encoder {
	r.t.Helper()
	return relaytest.StartEncoder(r.t.Context(), r.t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: r.url(), Key: secret.New(streamKey)}, Source: source,
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func session(t *testing.T, p *relaytest.Platform, n int) *relaytest.Session {
	t.Helper()
	s, err := p.WaitSession(within(t, 20*time.Second), n)
	must(t, err)
	return s
}

// reach waits until a session's clock has come to ms.
func reach(t *testing.T, s *relaytest.Session, ms uint32) {
	t.Helper()
	must(t, s.Wait(within(t, 30*time.Second), func(s *relaytest.Session) bool {
		last, ok := s.Last()
		return ok && last.Time >= ms
	}))
}

// rest waits for so long, as an encoder that is away does.
func rest(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// heard is what a platform got on one connection: the media as it was before our
// cues came to it, and those.
type heard struct {
	media []relaytest.Received
	cues  []told // at is on the connection's clock
}

func listen(t *testing.T, s *relaytest.Session) (h heard) {
	t.Helper()
	for i, m := range s.Messages() {
		switch {
		case m.Kind == media.Data && !m.Header:
			how, what := message(t, m.Body)
			h.cues = append(h.cues, told{how, what, time.Duration(m.Time) * ms, i})
			continue
		case m.Kind == media.Video && !m.Header:
			start := 5 // of the classic form, with lengths of four bytes
			texts, rest := userData(m.Body[start:], 4, false)
			for _, text := range texts {
				h.cues = append(h.cues, told{"sei", text, time.Duration(m.Time) * ms, i})
			}
			m.Body = append(m.Body[:start:start], rest...)
			m.Hash, m.Len = relaytest.Hash(m.Body), len(m.Body)
		}
		h.media = append(h.media, m)
	}
	return h
}

// zero is the time on the encoder's clock at which a connection's clock began.
func (h heard) zero(t *testing.T, e *relaytest.Encoder) time.Duration {
	t.Helper()
	first := slices.IndexFunc(h.media, func(m relaytest.Received) bool { return m.Keyframe })
	sent := e.Sent()
	i := slices.IndexFunc(sent, func(m relaytest.Sent) bool { return first >= 0 && m.Hash == h.media[first].Hash })
	if i < 0 {
		t.Fatal("the connection does not begin with a keyframe of the encoder's")
	}
	return time.Duration(sent[i].Time) * ms
}
