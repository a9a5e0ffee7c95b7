package relaytest_test

import (
	"context"
	"errors"
	"slices"
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
