package main

import (
	"context"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestKilledServerComesBack kills a built hawker in the middle of a live, three
// times, as a supervisor would see it, and then asks it to end.
func TestKilledServerComesBack(t *testing.T) {
	require.Nightly(t)
	const restarts = 3
	all := platforms(t, 3, relaytest.PlatformConfig{})
	s := standAlone(t, 2*time.Minute, all, "")
	stop := s.keepPublishing()
	defer stop()
	for life := 1; life <= restarts; life++ {
		sessions := s.sessions(life)
		killed := time.Now()
		must(t, s.cmd.Process.Kill())
		_ = s.cmd.Wait()
		for i, session := range sessions {
			must(t, session.WaitEnd(s.ctx))
			if session.Goodbye() {
				t.Errorf("life %d: d%d was told that the broadcast has ended", life, i)
			}
		}
		s.restarts(killed)
		for i, session := range s.sessions(life + 1) {
			if took := session.PublishedAt().Sub(killed); took > 10*time.Second {
				t.Errorf("life %d: d%d is back after %v, want 10 s at most", life, i, took)
			}
			if err := relaytest.CheckOpening(session.Messages()); err != nil {
				t.Errorf("life %d: d%d: %v", life, i, err)
			}
		}
	}
	s.terminates(s.sessions(restarts + 1))
	for i, p := range all {
		if n := p.MaxConcurrent(); n != 1 || len(p.Sessions()) != restarts+1 {
			t.Errorf("d%d: %d sessions, %d at once; want one for each life", i, len(p.Sessions()), n)
		}
	}
}

// sessions waits for each platform's nth publisher and a second of media from it.
func (s *standalone) sessions(n int) (all []*relaytest.Session) {
	s.t.Helper()
	for _, p := range s.platforms {
		session, err := p.WaitSession(s.ctx, n)
		must(s.t, err)
		must(s.t, session.WaitMessages(s.ctx, 80))
		all = append(all, session)
	}
	return all
}

// keepPublishing does what OBS does: it tries again two seconds after each end.
func (s *standalone) keepPublishing() (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		retry := time.NewTicker(2 * time.Second)
		defer retry.Stop()
		for {
			source := relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000}
			e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: s.target(), Source: source.Source()})
			_ = e.Run(ctx) // why it ended shows elsewhere
			select {
			case <-retry.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// restarts starts the process again, and sees that it can be dialled soon.
func (s *standalone) restarts(killed time.Time) {
	s.t.Helper()
	begun := time.Now()
	up := make(chan time.Duration, 1)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for range ticker.C {
			if c, err := net.Dial("tcp", s.rtmp); err == nil {
				_ = c.Close()
				up <- time.Since(begun)
				return
			}
			if s.ctx.Err() != nil {
				return
			}
		}
	}()
	s.run()
	select {
	case took := <-up:
		if s.t.Logf("listens %v after its start, %v after it was killed", took, time.Since(killed)); took > time.Second {
			s.t.Errorf("listens after %v, want 1 s at most", took)
		}
	case <-s.ctx.Done():
		s.t.Fatal("does not listen")
	}
}

// terminates sends SIGTERM: the platforms hear the end, and the exit is clean.
func (s *standalone) terminates(sessions []*relaytest.Session) {
	s.t.Helper()
	s.tellsNoKeys()
	begun := time.Now()
	must(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	late := time.AfterFunc(15*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("after SIGTERM: %v", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		s.t.Errorf("took %v to end, want 10 s at most", took)
	}
	for i, session := range sessions {
		must(s.t, session.WaitEnd(s.ctx))
		if !session.Goodbye() || session.Err() != nil {
			s.t.Errorf("d%d: goodbye %v and %v, want a goodbye and FIN", i, session.Goodbye(), session.Err())
		}
	}
}
