package relaytest_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestPlatformRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		script relaytest.Script
		step   rtmp.Step
		code   string
	}{
		"at connect":         {relaytest.Rejected(), rtmp.StepConnect, rtmp.CodeRejected},
		"at create stream":   {relaytest.RefuseAt(rtmp.StepCreateStream, "NetConnection.Call.Failed", "no"), rtmp.StepCreateStream, "NetConnection.Call.Failed"},
		"key in use":         {relaytest.BadName(), rtmp.StepPublish, rtmp.CodeBadName},
		"key not known":      {relaytest.Denied(), rtmp.StepPublish, rtmp.CodeDenied},
		"a code of its own":  {relaytest.RefuseAt(rtmp.StepPublish, "Own.Code", "text"), rtmp.StepPublish, "Own.Code"},
		"null before status": {relaytest.Script{Refuse: &relaytest.Refuse{At: rtmp.StepPublish, Code: "X"}, Quirks: relaytest.Quirks{BareStatus: true}}, rtmp.StepPublish, "X"},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Scripts: relaytest.Times(2, c.script)})
			for range 2 {
				_, err := new(rtmp.Dialer).Publish(limited(t), target(p.URL()))
				if r := refused(t, err); r.Code != c.code {
					t.Errorf("code %q, want %q", r.Code, c.code)
				}
				var de *rtmp.DialError
				if !errors.As(err, &de) || de.Step != c.step {
					t.Errorf("got %v, want it at %s", err, c.step)
				}
			}
			publish(t, p.URL())
			session(t, p, 1)
			if n := len(p.Connections()); n != 3 || len(p.Sessions()) != 1 {
				t.Errorf("%d connections, %d sessions", n, len(p.Sessions()))
			}
			first := p.Connections()[0]
			must(t, first.WaitEnd(limited(t)))
			refused(t, first.Err())
		})
	}
}

func TestPlatformFallsSilent(t *testing.T) {
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	secure, err := ca.Valid()
	must(t, err)
	for _, step := range []rtmp.Step{rtmp.StepTLS, rtmp.StepHandshake, rtmp.StepConnect, rtmp.StepCreateStream, rtmp.StepPublish} {
		t.Run(string(step), func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: secure, Script: relaytest.SilentAt(step)})
			target := target(p.URL())
			target.CAFile = caFile
			_, err := (&rtmp.Dialer{Timeout: 300 * time.Millisecond}).Publish(limited(t), target)
			var de *rtmp.DialError
			if !errors.As(err, &de) || de.Step != step {
				t.Fatalf("got %v, want it at %s", err, step)
			}
			s, err := p.WaitConnection(limited(t), 1)
			must(t, err)
			must(t, s.WaitEnd(limited(t)))
		})
	}
}

func TestPlatformEndsConnections(t *testing.T) {
	for name, c := range map[string]struct {
		script relaytest.Script
		end    func(*relaytest.Platform, *relaytest.Session)
		reset  bool
		code   string
		err    error
	}{
		"reset":        {end: func(_ *relaytest.Platform, s *relaytest.Session) { s.Reset() }, reset: true, err: relaytest.ErrReset},
		"reset all":    {end: func(p *relaytest.Platform, _ *relaytest.Session) { p.Reset() }, reset: true, err: relaytest.ErrReset},
		"hang up":      {end: func(_ *relaytest.Platform, s *relaytest.Session) { s.Hangup() }, err: relaytest.ErrHungUp},
		"hang up all":  {end: func(p *relaytest.Platform, _ *relaytest.Session) { p.Hangup() }, err: relaytest.ErrHungUp},
		"late refusal": {end: func(_ *relaytest.Platform, s *relaytest.Session) { s.Refuse(rtmp.CodeBadName, "moved") }, code: rtmp.CodeBadName},
		"die at message": {
			script: relaytest.Script{DieAt: relaytest.Point{Message: 1}}, reset: true, err: relaytest.ErrReset,
		},
		"die softly after a time": {
			script: relaytest.Script{DieAt: relaytest.Point{After: time.Millisecond}, DieSoftly: true}, err: relaytest.ErrHungUp,
		},
		"hang up while stalled": {
			end: func(_ *relaytest.Platform, s *relaytest.Session) { s.Stall(); s.Hangup() }, err: relaytest.ErrHungUp,
		},
		"reset while stalled": {
			end: func(p *relaytest.Platform, s *relaytest.Session) { p.Stall(); s.Reset() }, reset: true, err: relaytest.ErrReset,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: c.script})
			pub := publish(t, p.URL())
			s := session(t, p, 1)
			_ = pub.Write([]rtmp.Message{frame(0)})
			if c.end != nil {
				c.end(p, s)
			}
			<-pub.Done()
			if errors.Is(pub.Err(), syscall.ECONNRESET) != c.reset {
				t.Errorf("client saw %v", pub.Err())
			}
			must(t, s.WaitEnd(limited(t)))
			if c.code != "" {
				if r := refused(t, pub.Err()); r.Code != c.code {
					t.Errorf("code %q", r.Code)
				}
				refused(t, s.Err())
			} else if !errors.Is(s.Err(), c.err) {
				t.Errorf("platform says %v, want %v", s.Err(), c.err)
			}
			if p.Live() != 0 {
				t.Errorf("%d live", p.Live())
			}
		})
	}
}

func TestPlatformDiesAtByte(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.DieAtByte(100_000)})
	pub := publish(t, p.URL())
	_ = pub.Write([]rtmp.Message{frame(0, make([]byte, 60_000)...), frame(1, make([]byte, 60_000)...)})
	<-pub.Done()
	s := session(t, p, 1)
	must(t, s.WaitEnd(limited(t)))
	if s.Bytes() != 100_000 || s.Len() != 1 {
		t.Errorf("%d bytes, %d messages", s.Bytes(), s.Len())
	}
}

// TestPlatformStalls fills the buffers and looks whether the writer is held up.
func TestPlatformStalls(t *testing.T) {
	const count, size = 200, 64 << 10
	for name, c := range map[string]struct {
		script relaytest.Script
		stall  func(*relaytest.Platform, *relaytest.Session)
		resume func(*relaytest.Platform, *relaytest.Session)
	}{
		"one session":     {relaytest.Script{}, func(_ *relaytest.Platform, s *relaytest.Session) { s.Stall() }, func(_ *relaytest.Platform, s *relaytest.Session) { s.Resume() }},
		"the platform":    {relaytest.Script{}, func(p *relaytest.Platform, _ *relaytest.Session) { p.Stall() }, func(p *relaytest.Platform, _ *relaytest.Session) { p.Resume() }},
		"at a message":    {relaytest.StallAtMessage(3), nil, func(_ *relaytest.Platform, s *relaytest.Session) { s.Resume() }},
		"at a byte":       {relaytest.Script{StallAt: relaytest.Point{Byte: 200_000}}, nil, func(_ *relaytest.Platform, s *relaytest.Session) { s.Resume() }},
		"for a time only": {relaytest.Script{StallAt: relaytest.Point{Message: 3}, StallFor: 400 * time.Millisecond}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: c.script})
			pub := publish(t, p.URL())
			s := session(t, p, 1)
			if c.stall != nil {
				c.stall(p, s)
			}
			written := make(chan error, 1)
			go func() {
				for i := range count {
					if err := pub.Write([]rtmp.Message{frame(uint32(i), make([]byte, size)...)}); err != nil {
						written <- err
						return
					}
				}
				written <- nil
			}()
			select {
			case err := <-written:
				t.Fatalf("%d MB were written to a platform that does not read (%v)", count*size>>20, err)
			case <-time.After(200 * time.Millisecond):
			}
			if n := s.Len(); n > 3 {
				t.Errorf("%d messages were read during the stall", n)
			}
			if c.resume != nil {
				c.resume(p, s)
			}
			must(t, <-written)
			must(t, s.WaitMessages(limited(t), count))
		})
	}
}

func TestPlatformStallsNewConnections(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	p.Stall()
	_, err := (&rtmp.Dialer{Timeout: 200 * time.Millisecond}).Publish(limited(t), target(p.URL()))
	var de *rtmp.DialError
	if !errors.As(err, &de) || de.Step != rtmp.StepHandshake {
		t.Fatalf("got %v, want silence at the handshake", err)
	}
	p.Resume()
	publish(t, p.URL())
}

func TestPlatformDownAndUp(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	url := p.URL()
	stands := publish(t, url)
	p.Down()
	_, err := new(rtmp.Dialer).Publish(limited(t), target(url))
	var de *rtmp.DialError
	if !errors.As(err, &de) || de.Step != rtmp.StepTCP {
		t.Fatalf("got %v, want a refused TCP connection", err)
	}
	must(t, stands.Write([]rtmp.Message{frame(0)}))
	must(t, session(t, p, 1).WaitMessages(limited(t), 1))
	p.Reset()
	must(t, p.Up())
	publish(t, url)
	session(t, p, 2)
	if n := p.MaxConcurrent(); n != 1 {
		t.Errorf("at most %d at once", n)
	}
}
