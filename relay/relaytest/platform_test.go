package relaytest_test

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestPlatformRecords(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{App: "a/b?x=1", KeepBodies: true})
	target := target(p.URL())
	target.FourCCs = []string{"hvc1", "av01"}
	pub, err := (&rtmp.Dialer{Version: "9"}).Publish(limited(t), target)
	must(t, err)
	metadata := []byte("\x02\x00\x0aonMetaData\x05")
	body := frame(40, 1, 2, 3).Body
	must(t, pub.Write([]rtmp.Message{
		{Type: 18, Body: rtmp.SetDataFrame(metadata)}, {Type: 8, Time: 20, Body: []byte{0xAF, 0, 0x11, 0x90}}, frame(40, 1, 2, 3),
	}))
	must(t, pub.Goodbye())
	s := session(t, p, 1)
	must(t, s.WaitGoodbye(limited(t)))
	must(t, pub.Close())
	must(t, s.WaitEnd(limited(t)))

	if s.Key() != "k-12345" || s.App() != "a/b?x=1" || s.TCURL() != p.URL() || s.FlashVer() != "FMLE/3.0 (compatible; hawker/9)" {
		t.Errorf("key %q, app %q, tcUrl %q, flashVer %q", s.Key(), s.App(), s.TCURL(), s.FlashVer())
	}
	if !slices.Equal(s.FourCCs(), target.FourCCs) {
		t.Errorf("fourCcList %v, want %v", s.FourCCs(), target.FourCCs)
	}
	want := []relaytest.Payload{
		{Kind: media.Data, Hash: relaytest.Hash(metadata), Len: 16 + len(metadata), Header: true, Name: "@setDataFrame"},
		{Kind: media.Audio, Time: 20, Hash: relaytest.Hash([]byte{0xAF, 0, 0x11, 0x90}), Len: 4, Header: true},
		{Kind: media.Video, Time: 40, Hash: relaytest.Hash(body), Len: len(body), Keyframe: true},
	}
	var have []relaytest.Payload
	for _, r := range s.Messages() {
		have = append(have, r.Payload)
		if len(r.Body) != r.Len || time.Since(r.Arrived) > time.Minute {
			t.Errorf("%v: body of %d bytes, arrived %v", r.Payload, len(r.Body), r.Arrived)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("got  %v\nwant %v", have, want)
	}
	var commands []string
	for _, c := range s.Commands() {
		commands = append(commands, c.Name)
	}
	if !slices.Equal(commands, []string{"connect", "releaseStream", "FCPublish", "createStream", "publish", "FCUnpublish", "deleteStream"}) {
		t.Errorf("commands %q", commands)
	}
	if s.Err() != nil || p.Live() != 0 || p.MaxConcurrent() != 1 {
		t.Errorf("ended with %v, %d live, at most %d", s.Err(), p.Live(), p.MaxConcurrent())
	}
}

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

func TestPlatformScriptOrder(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Scripts: []relaytest.Script{relaytest.BadName()}, Script: relaytest.Denied()})
	dial := func(want string) {
		t.Helper()
		_, err := new(rtmp.Dialer).Publish(limited(t), target(p.URL()))
		if r := refused(t, err); r.Code != want {
			t.Errorf("got %s, want %s", r.Code, want)
		}
	}
	p.Then(relaytest.Rejected())
	p.For(time.Hour, relaytest.RefuseAt(rtmp.StepPublish, "Spell", ""))
	dial("Spell")
	p.For(0, relaytest.Script{})
	dial(rtmp.CodeBadName)
	dial(rtmp.CodeRejected)
	dial(rtmp.CodeDenied)
	p.Always(relaytest.Script{})
	publish(t, p.URL())
}

func TestPlatformOneAtATime(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{OneAtATime: true})
	first := publish(t, p.URL())
	_, err := new(rtmp.Dialer).Publish(limited(t), target(p.URL()))
	if !refused(t, err).BadName() {
		t.Errorf("got %v", err)
	}
	must(t, first.Close())
	must(t, session(t, p, 1).WaitEnd(limited(t)))
	publish(t, p.URL())
	if n := p.MaxConcurrent(); n != 1 {
		t.Errorf("at most %d at once", n)
	}
}

func TestPlatformQuirks(t *testing.T) {
	for name, q := range map[string]relaytest.Quirks{
		"none":                      {},
		"no onFCPublish":            {NoOnFCPublish: true},
		"null info":                 {NullInfo: true},
		"_error to releaseStream":   {ErrorReleaseStream: true},
		"releaseStream not heard":   {MuteReleaseStream: true},
		"controls late":             {LateControls: true},
		"no controls":               {NoControls: true},
		"onBWDone":                  {BWDone: true},
		"onStatus on stream 0":      {StatusOnStreamZero: true},
		"onStatus without null":     {BareStatus: true},
		"another onStatus first":    {ResetFirst: true},
		"pings":                     {Ping: 1},
		"smallest chunk size":       {ChunkSize: 128},
		"another message stream ID": {StreamID: 7},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.Script{Quirks: q}})
			pub := publish(t, p.URL())
			must(t, pub.Write([]rtmp.Message{frame(0), frame(1), frame(2)}))
			s := session(t, p, 1)
			must(t, s.WaitMessages(limited(t), 3))
			must(t, pub.Goodbye())
			must(t, s.WaitGoodbye(limited(t)))
		})
	}
}

func TestPlatformKeepsTheNewest(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Keep: 10})
	pub := publish(t, p.URL())
	for i := range 95 {
		must(t, pub.Write([]rtmp.Message{frame(uint32(i), byte(i))}))
	}
	s := session(t, p, 1)
	must(t, s.WaitFor(limited(t), relaytest.Hash(frame(0, 94).Body)))
	got := s.Messages()
	last, _ := s.Last()
	if len(got) < 10 || len(got) > 20 || last.Time != 94 || got[0].Time != uint32(95-len(got)) || s.Len() != 95 {
		t.Errorf("%d messages from %v to %v, %d in all", len(got), got[0].Payload, last.Payload, s.Len())
	}
}

func TestPlatformTLS(t *testing.T) {
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	valid, err := ca.Valid()
	must(t, err)
	expired, err := ca.Expired()
	must(t, err)
	wrong, err := ca.Valid("other.example")
	must(t, err)
	own, err := relaytest.SelfSigned()
	must(t, err)
	for name, c := range map[string]struct {
		conf relaytest.PlatformConfig
		step rtmp.Step
	}{
		"valid":       {relaytest.PlatformConfig{TLS: valid}, ""},
		"expired":     {relaytest.PlatformConfig{TLS: expired}, rtmp.StepTLS},
		"wrong host":  {relaytest.PlatformConfig{TLS: wrong}, rtmp.StepTLS},
		"self-signed": {relaytest.PlatformConfig{TLS: own}, rtmp.StepTLS},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, c.conf)
			target := target(p.URLFor("localhost"))
			target.CAFile = caFile
			pub, err := new(rtmp.Dialer).Publish(limited(t), target)
			conn, werr := p.WaitConnection(limited(t), 1)
			must(t, werr)
			if c.step == "" {
				must(t, err)
				must(t, pub.Write([]rtmp.Message{frame(0, make([]byte, 100_000)...)}))
				must(t, conn.WaitMessages(limited(t), 1))
				must(t, pub.Close())
				must(t, conn.WaitEnd(limited(t)))
				must(t, conn.Err())
			} else {
				var de *rtmp.DialError
				if !errors.As(err, &de) || de.Step != c.step {
					t.Fatalf("got %v, want it at %s", err, c.step)
				}
				must(t, conn.WaitEnd(limited(t)))
				if conn.Step() != rtmp.StepTCP {
					t.Errorf("the connection came as far as %s", conn.Step())
				}
			}
			if conn.ServerName() != "localhost" {
				t.Errorf("SNI %q", conn.ServerName())
			}
		})
	}
}

func TestWaitsTellWhatThereIs(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.WaitSession(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	pub := publish(t, p.URL())
	must(t, pub.Close())
	err := session(t, p, 1).WaitMessages(limited(t), 1)
	if !errors.Is(err, relaytest.ErrEnded) {
		t.Errorf("got %v", err)
	}
}
