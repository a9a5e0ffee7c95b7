package relay_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestStopIsTold(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p)) // with a stop grace of 1 s
	e := r.encode(relaytest.EncoderConfig{})
	s := session(t, p, 1)
	reach(t, s, 1000)
	at := time.Now()
	e.Stop()
	must(t, s.WaitEnd(within(t, 10*time.Second)))
	var commands []string
	for _, c := range s.Commands() {
		if took := c.Arrived.Sub(at); took > 0 {
			commands = append(commands, c.Name)
			if took < 900*time.Millisecond || took > 3*time.Second {
				t.Errorf("%s came %v after the stop, want 1 to 3 s", c.Name, took)
			}
		}
	}
	if !slices.Equal(commands, []string{"FCUnpublish", "deleteStream"}) || s.Err() != nil {
		t.Errorf("the platform heard %v and the end was %v, want FCUnpublish, deleteStream and FIN", commands, s.Err())
	}
	checkWhole(t, "d", e, s)
	if last, _ := s.Last(); last.Hash != e.Sent()[e.Len()-1].Hash {
		t.Errorf("the last message was %v, want all before the goodbye", last.Payload)
	}
}

func TestHoldEnds(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.Hold = 2 * time.Second
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	e := r.encode(relaytest.EncoderConfig{})
	s := session(t, p, 1)
	reach(t, s, 500)
	at := time.Now()
	e.Kill()
	if err := s.WaitGoodbye(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(at); took < 1900*time.Millisecond || took > 3*time.Second {
		t.Errorf("goodbye %v after the drop, want the hold of 2 s", took)
	}
	eventually(t, 5*time.Second, "idle", func() bool { return r.Status()[0].State == relay.Idle })
}

func TestReturnWithinHoldOrGrace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		leave func(*relaytest.Encoder)
		gap   time.Duration
	}{
		"killed, back within the hold":            {(*relaytest.Encoder).Kill, 4 * time.Second},
		"dropped, back within the hold":           {(*relaytest.Encoder).Drop, 2 * time.Second},
		"stopped, back within the stop grace":     {(*relaytest.Encoder).Stop, 500 * time.Millisecond},
		"killed, back at once (before any sound)": {(*relaytest.Encoder).Kill, 10 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			conf := stream("main", to("d", p))
			conf.StopGrace = 5 * time.Second
			r := start(t, relay.Config{Streams: []relay.Stream{conf}})
			first := r.encode(relaytest.EncoderConfig{Base: 77_000})
			s := session(t, p, 1)
			reach(t, s, 1500)
			tt.leave(first)
			stays(t, s, tt.gap)
			other := small
			other.Seed = 1
			second := r.encode(relaytest.EncoderConfig{Source: other.Source()})
			const enough = 120 // 1.5 s, and the next group of pictures
			must(t, second.WaitSent(within(t, 20*time.Second), enough))
			must(t, s.WaitFor(within(t, 20*time.Second), second.Sent()[enough-1].Hash))
			checkReturn(t, first, second, s)
			if n := len(p.Connections()); n != 1 || s.Goodbye() {
				t.Errorf("%d connections, goodbye %v; want the platform to notice nothing", n, s.Goodbye())
			}
		})
	}
}

// checkReturn tells that two encoders, one after the other, make one stream.
func checkReturn(t *testing.T, first, second *relaytest.Encoder, s *relaytest.Session) {
	t.Helper()
	got, before, after := s.Messages(), first.Sent(), second.Sent()
	start := slices.IndexFunc(after, func(m relaytest.Sent) bool { return m.Keyframe })
	split := slices.IndexFunc(got, func(m relaytest.Received) bool { return m.Hash == after[start].Hash })
	if split < 0 {
		t.Fatal("nothing of the second encoder has come")
	}
	for split > 0 && got[split-1].Header { // what begins the second one
		split--
	}
	must(t, relaytest.CheckOpening(got[:split]))
	must(t, relaytest.CheckClock(got))
	must(t, relaytest.Compare(before, got[:split]))
	must(t, relaytest.Compare(after, got[split:]))
	must(t, relaytest.CompareTimes(before, got[:split], 0))
	// The offset of audio and video to each other is as the second has sent it.
	must(t, relaytest.CompareTimes(after, got[split:], 0))
	checkGap(t, before, after[start], got[split-1], got[split:])
}

// checkGap tells that as much time has passed on the platform's clock as on the
// wall.
func checkGap(t *testing.T, before []relaytest.Sent, start relaytest.Sent, last relaytest.Received, after []relaytest.Received) {
	t.Helper()
	i := slices.IndexFunc(before, func(m relaytest.Sent) bool { return m.Hash == last.Hash && m.Kind == last.Kind })
	j := slices.IndexFunc(after, func(m relaytest.Received) bool { return m.Hash == start.Hash })
	wall := start.At.Sub(before[i].At)
	gap := time.Duration(after[j].Time-last.Time) * time.Millisecond
	if d := (gap - wall).Abs(); d > 100*time.Millisecond+noise/2 {
		t.Errorf("the gap is %v on the platform's clock and %v on the wall", gap, wall)
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	t.Parallel()
	good := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	other := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	stuck := relaytest.StartPlatform(t, relaytest.PlatformConfig{ReceiveBuffer: 16 << 10})
	absent := startAbsent(t)
	r := live(t, to("good", good), to("other", other), to("stuck", stuck), to("absent", absent))
	e := r.encode(relaytest.EncoderConfig{Source: reference.Source()})
	sessions := []*relaytest.Session{session(t, good, 1), session(t, other, 1)}
	reach(t, session(t, stuck, 1), 200)
	stuck.Stall()
	reach(t, sessions[0], 1500)
	reach(t, sessions[1], 1500)
	at := time.Now()
	must(t, r.stop())
	if took := time.Since(at); took > 5*time.Second {
		t.Errorf("Run ended after %v, want 5 s at most", took)
	}
	for _, s := range sessions {
		must(t, s.WaitEnd(within(t, time.Second)))
		if !s.Goodbye() || s.Err() != nil {
			t.Errorf("goodbye %v, end %v; want a goodbye and FIN", s.Goodbye(), s.Err())
		}
		checkWhole(t, "a platform", e, s)
	}
	var refusal *rtmp.Refusal
	if err := e.Wait(); !errors.As(err, &refusal) || refusal.Description != "the relay is shutting down" {
		t.Errorf("the encoder was told %v", err)
	}
	if r.Addr() != nil {
		t.Errorf("it still listens on %v", r.Addr())
	}
	if err := r.Apply(r.conf); err == nil {
		t.Error("Apply after the end says nothing")
	}
}

func TestEncoderThatFellSilentGivesWay(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: r.Addr().String()})
	target := r.ingest("main")
	target.Server = "rtmp://" + line.Addr() + "/live"
	first := r.encode(relaytest.EncoderConfig{Target: target})
	s := session(t, p, 1)
	reach(t, s, 2500)
	if err := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("main")}).Start(t.Context()); !isBadName(err) {
		t.Fatalf("a second encoder beside a live one: %v, want BadName", err)
	}
	line.Silence(relaytest.Both) // its network is gone, and nobody is told
	stays(t, s, 1500*time.Millisecond)
	r.encode(relaytest.EncoderConfig{Source: relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000, Seed: 2}.Source()})
	reach(t, s, 6000)
	if n := len(p.Connections()); n != 1 || s.Goodbye() {
		t.Errorf("%d connections, goodbye %v; want the platform to notice nothing", n, s.Goodbye())
	}
	must(t, relaytest.CheckClock(s.Messages()))
	if n := count(s.Messages(), media.Video); n == 0 || first.Len() == 0 {
		t.Error("no video came")
	}
}

func isBadName(err error) bool {
	var r *rtmp.Refusal
	return errors.As(err, &r) && r.BadName()
}

func count(got []relaytest.Received, kind media.Kind) (n int) {
	for _, m := range got {
		if m.Kind == kind {
			n++
		}
	}
	return n
}
