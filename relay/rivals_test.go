package relay_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// An encoder whose network goes away leaves a connection that looks alive.
func TestHalfOpenEncoderGivesWay(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: r.Addr().String()})
	first := r.encode(relaytest.EncoderConfig{Target: r.through(line)})
	s := session(t, p, 1)
	reach(t, s, 1500)
	began := time.Now()
	if err := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("main")}).Start(t.Context()); !isBadName(err) || time.Since(began) > noise {
		t.Fatalf("a second encoder beside a live one: %v after %v, want BadName soon", err, time.Since(began))
	}
	line.Silence(relaytest.Both) // its network is gone, and nobody is told
	began = time.Now()
	second := r.encode(relaytest.EncoderConfig{From: "127.0.0.2", Source: seeded(2)})
	if took := time.Since(began); took > 1100*time.Millisecond+noise {
		t.Errorf("let in after %v, want 1 s at most", took)
	}
	must(t, second.WaitSent(within(t, 20*time.Second), 100))
	must(t, s.WaitFor(within(t, 20*time.Second), second.Sent()[99].Hash))
	split(t, s.Messages(), second.Sent()).check(t, first, second)
	r.oneConnection(p, s)
}

func TestHalfOpenEncoderIsFoundOut(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: r.Addr().String()})
	r.encode(relaytest.EncoderConfig{Target: r.through(line)})
	s := session(t, p, 1)
	reach(t, s, 1000)
	line.Silence(relaytest.Both)
	eventually(t, 6*time.Second+noise, "holding", func() bool { return r.Status()[0].State == relay.Holding })
	stays(t, s, 1500*time.Millisecond)
	second := r.encode(relaytest.EncoderConfig{From: "127.0.0.2", Source: seeded(2)})
	must(t, second.WaitSent(within(t, 20*time.Second), 100))
	must(t, s.WaitFor(within(t, 20*time.Second), second.Sent()[99].Hash))
	r.oneConnection(p, s)
}

// Two encoders want the same stream, and each comes back a second after it was
// turned out: 10 s, or a minute by night.
func TestFlappingPairIsLimited(t *testing.T) {
	t.Parallel()
	fight(t, 10*time.Second)
}

func TestFlappingPairForAMinute(t *testing.T) {
	require.Nightly(t)
	fight(t, time.Minute)
}

func fight(t *testing.T, length time.Duration) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.Takeover = relay.Always
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	r.encode(relaytest.EncoderConfig{Source: seeded(1)})
	s := session(t, p, 1)
	over, refused := time.After(length), 0
	for seed := uint64(2); ; seed++ {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{From: "127.0.0.2", Target: r.ingest("main"), Source: seeded(seed)})
		t.Cleanup(e.Kill)
		var r *rtmp.Refusal
		if err := e.Start(t.Context()); errors.As(err, &r) {
			refused++
			if !r.BadName() || !strings.Contains(r.Description, "replaced each other 3 times within a minute") {
				t.Errorf("turned away with %v", r)
			}
		} else {
			must(t, err)
		}
		select {
		case <-time.After(time.Second):
			continue
		case <-over:
		}
		break
	}
	status := r.Status()[0]
	if most := uint64(3 + length/time.Minute*3); status.Takeovers < 3 || status.Takeovers > most || refused == 0 {
		t.Errorf("%d takeovers and %d refusals in %v, want 3 takeovers a minute", status.Takeovers, refused, length)
	}
	must(t, relaytest.CheckClock(s.Messages()))
	if gap := longestGap(s.Messages()); gap > time.Second {
		t.Errorf("the platform's video had a gap of %v, want less than 1 s", gap)
	}
	r.oneConnection(p, s)
}

func TestNeverIsNever(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.Takeover = relay.Never
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: r.Addr().String()})
	r.encode(relaytest.EncoderConfig{Target: r.through(line)})
	reach(t, session(t, p, 1), 500)
	line.Silence(relaytest.Both)
	stays(t, session(t, p, 1), 1500*time.Millisecond)
	if err := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("main")}).Start(t.Context()); !isBadName(err) {
		t.Fatalf("a second encoder: %v, want BadName however silent the first", err)
	}
}

// seeded is small with other bytes.
func seeded(seed uint64) relaytest.Source {
	s := small
	s.Seed = seed
	return s.Source()
}

// through is where to publish to by way of a line.
func (r *rig) through(line *relaytest.Proxy) rtmp.Target {
	target := r.ingest("main")
	target.Server = "rtmp://" + line.Addr() + "/live"
	return target
}

// oneConnection tells that the platform has noticed nothing.
func (r *rig) oneConnection(p *relaytest.Platform, s *relaytest.Session) {
	r.t.Helper()
	if n := len(p.Connections()); n != 1 || s.Goodbye() || p.MaxConcurrent() != 1 {
		r.t.Errorf("%d connections, %d at once, goodbye %v; want the platform to notice nothing", n, p.MaxConcurrent(), s.Goodbye())
	}
}

// longestGap is between two video messages on the platform's clock.
func longestGap(got []relaytest.Received) (longest time.Duration) {
	var last *relaytest.Received
	for i := range got {
		m := &got[i]
		if m.Kind != media.Video || m.Header {
			continue
		}
		if last != nil {
			longest = max(longest, time.Duration(m.Time-last.Time)*time.Millisecond)
		}
		last = m
	}
	return longest
}
