package relay_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
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

func isBadName(err error) bool {
	var r *rtmp.Refusal
	return errors.As(err, &r) && r.BadName()
}
