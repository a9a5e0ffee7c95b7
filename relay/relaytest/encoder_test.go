package relaytest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// two is two seconds of small video with a keyframe each second.
var two = relaytest.Synthetic{Duration: 2 * time.Second, GOP: time.Second, VideoBitrate: 800_000}

func encode(t *testing.T, p *relaytest.Platform, conf relaytest.EncoderConfig) *relaytest.Encoder {
	t.Helper()
	conf.Target = target(p.URL())
	return relaytest.StartEncoder(limited(t), t, conf)
}

func TestEncoderOnTheWire(t *testing.T) {
	bases := map[string]uint32{"0": 0, "2^24": 1<<24 - 1000, "2^31": 1<<31 - 1000, "2^32": 1<<32 - 1000}
	wires := map[string]relaytest.Wire{
		"as librtmp":         {},
		"full headers":       {FullHeaders: true},
		"omits extended":     {FullHeaders: true, OmitExtended: true},
		"one chunk stream":   {OneChunkStream: true},
		"128-byte chunks":    {ChunkSize: 128},
		"one big chunk":      {ChunkSize: 1 << 20},
		"three-byte headers": {ThreeByteHeaders: true, FullHeaders: true},
	}
	for wire, w := range wires {
		for base, b := range bases {
			t.Run(wire+" from "+base, func(t *testing.T) {
				p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
				e := encode(t, p, relaytest.EncoderConfig{Source: two.Source(), Speed: relaytest.Unpaced, Base: b, Wire: w})
				s := session(t, p, 1)
				must(t, e.Wait())
				must(t, s.WaitEnd(limited(t)))
				sent, got := e.Sent(), s.Messages()
				must(t, relaytest.Compare(sent, got))
				must(t, relaytest.CompareTimes(sent, got, 0))
				must(t, relaytest.CheckClock(got))
				if len(got) != len(sent) || got[0].Time != b || !s.Goodbye() {
					t.Errorf("%d of %d messages, from %d ms, goodbye %v", len(got), len(sent), got[0].Time, s.Goodbye())
				}
			})
		}
	}
}

func TestEncoderEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end     func(*relaytest.Encoder)
		goodbye bool
		reset   bool
	}{
		"stop": {end: (*relaytest.Encoder).Stop, goodbye: true},
		"drop": {end: (*relaytest.Encoder).Drop},
		"kill": {end: (*relaytest.Encoder).Kill, reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			e := encode(t, p, relaytest.EncoderConfig{Source: two.Source()})
			must(t, e.WaitSent(limited(t), 4))
			s := session(t, p, 1)
			if s.RemoteAddr() != e.LocalAddr() {
				t.Errorf("platform sees %s, encoder is %s", s.RemoteAddr(), e.LocalAddr())
			}
			c.end(e)
			must(t, s.WaitEnd(limited(t)))
			if s.Goodbye() != c.goodbye || errors.Is(s.Err(), syscall.ECONNRESET) != c.reset || !c.reset && s.Err() != nil {
				t.Errorf("goodbye %v, ended with %v", s.Goodbye(), s.Err())
			}
			must(t, e.Wait())
		})
	}
}

// TestEncoderEndsOnAStalledServer sees that no end waits for a server that
// does not read.
func TestEncoderEndsOnAStalledServer(t *testing.T) {
	for name, end := range map[string]func(*relaytest.Encoder){
		"stop": (*relaytest.Encoder).Stop, "drop": (*relaytest.Encoder).Drop, "kill": (*relaytest.Encoder).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.StallAtMessage(1)})
			e := encode(t, p, relaytest.EncoderConfig{Source: relaytest.Synthetic{}.Source(), Speed: relaytest.Unpaced})
			must(t, session(t, p, 1).WaitMessages(limited(t), 1))
			begun := time.Now()
			end(e)
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			must(t, e.Wait())
		})
	}
}

func TestEncoderTellsWhyTheServerEnded(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*relaytest.Session)
		want func(error) bool
	}{
		"refusal": {
			func(s *relaytest.Session) { s.Refuse(rtmp.CodeBadName, "taken over") },
			func(err error) bool { var r *rtmp.Refusal; return errors.As(err, &r) && r.Description == "taken over" },
		},
		"reset":   {(*relaytest.Session).Reset, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"hang up": {(*relaytest.Session).Hangup, func(err error) bool { return strings.Contains(err.Error(), "closed the connection") }},
	} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			e := encode(t, p, relaytest.EncoderConfig{Stay: true})
			c.end(session(t, p, 1))
			if err := e.Wait(); err == nil || !c.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEncoderIsRefused(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Scripts: []relaytest.Script{relaytest.Rejected(), relaytest.Denied()}})
	for _, want := range []string{rtmp.CodeRejected, rtmp.CodeDenied} {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: target(p.URL())})
		if r := refused(t, e.Start(limited(t))); r.Code != want {
			t.Errorf("got %s, want %s", r.Code, want)
		}
		refused(t, e.Wait())
		e.Kill()
	}
}

func TestEncoderDialEndsWithContext(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.SilentAt(rtmp.StepHandshake)})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := relaytest.NewEncoder(relaytest.EncoderConfig{Target: target(p.URL())}).Start(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestEncoderKeepsTime(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	e := encode(t, p, relaytest.EncoderConfig{Source: two.Source(), Speed: 4})
	begun := time.Now()
	must(t, e.Wait())
	if took := time.Since(begun); took < 450*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("2 s at speed 4 took %v", took)
	}
}

func TestEncoderPauses(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	e := encode(t, p, relaytest.EncoderConfig{Source: two.Source(), Speed: 20})
	e.Pause()
	s := session(t, p, 1)
	select {
	case <-e.Done():
		t.Fatal("played on while paused")
	case <-time.After(300 * time.Millisecond):
	}
	if s.Ended() {
		t.Error("the connection has ended")
	}
	e.Resume()
	must(t, e.Wait())
	must(t, s.WaitEnd(limited(t)))
	must(t, relaytest.Compare(e.Sent(), s.Messages()))
}

func TestEncoderSends(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	e := encode(t, p, relaytest.EncoderConfig{From: "127.0.0.1", Agent: "phone/1"})
	must(t, e.Send(frame(5, 1)))
	must(t, e.Send(rtmp.Message{Type: rtmp.TypeUserControl, Body: []byte{0, 6, 0, 0, 0, 1}}))
	must(t, e.Send(rtmp.Message{Type: rtmp.TypeData, Body: []byte("\x02\x00\x03cue")}))
	s := session(t, p, 1)
	must(t, s.WaitMessages(limited(t), 2))
	if got := s.Messages(); got[0].Time != 5 || got[1].Name != "cue" || s.FlashVer() != "phone/1" || len(e.Sent()) != 2 {
		t.Errorf("got %v, flashVer %q, sent %d", got, s.FlashVer(), len(e.Sent()))
	}
	e.Stop()
}

func TestEncoderOverTLS(t *testing.T) {
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	secure, err := ca.Valid()
	must(t, err)
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: secure})
	target := target(p.URL())
	target.CAFile = caFile
	e := relaytest.StartEncoder(limited(t), t, relaytest.EncoderConfig{Target: target, Source: two.Source(), Speed: relaytest.Unpaced})
	must(t, e.Wait())
	s := session(t, p, 1)
	must(t, s.WaitEnd(limited(t)))
	must(t, s.Err())
	must(t, relaytest.Compare(e.Sent(), s.Messages()))
}

// ingest is what the product's server hands media to.
type ingest struct {
	mu      sync.Mutex // guards got
	got     []relaytest.Received
	goodbye chan bool
}

func (i *ingest) Write(kind media.Kind, timestamp uint32, body []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got = append(i.got, relaytest.Received{Payload: relaytest.NewPayload(rtmp.Message{Type: uint8(kind), Time: timestamp, Body: body})})
	return nil
}

func (i *ingest) Close(goodbye bool) { i.goodbye <- goodbye }

// TestEncoderIntoServer publishes to the product's server.
func TestEncoderIntoServer(t *testing.T) {
	in := &ingest{goodbye: make(chan bool, 1)}
	server, err := rtmp.NewServer(rtmp.ServerConfig{Publish: func(_ context.Context, r rtmp.Request, _ func(error)) (rtmp.Ingest, error) {
		if r.Key.Reveal() != "k-12345" || r.App != "live" {
			return nil, &rtmp.Refusal{Code: rtmp.CodeDenied}
		}
		return in, nil
	}})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()

	e := relaytest.StartEncoder(limited(t), t, relaytest.EncoderConfig{
		Target: target("rtmp://" + ln.Addr().String() + "/live"), Source: two.Source(), Speed: relaytest.Unpaced, Base: 1<<32 - 1000,
	})
	must(t, e.Wait())
	if !<-in.goodbye {
		t.Error("the server heard no goodbye")
	}
	must(t, relaytest.Compare(e.Sent(), in.got))
	must(t, relaytest.CompareTimes(e.Sent(), in.got, 0))
	if len(in.got) != e.Len() || in.got[0].Hash != e.Sent()[0].Hash {
		t.Errorf("%d of %d messages arrived; metadata %v, sent %v", len(in.got), e.Len(), in.got[0].Payload, e.Sent()[0].Payload)
	}
	cancel()
	must(t, <-served)
}

// count reads a source to its end, or n tags of it.
func count(t *testing.T, s relaytest.Source, n int) (kinds map[media.Kind]int) {
	t.Helper()
	kinds = map[media.Kind]int{}
	for range n {
		tag, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		kinds[tag.Kind]++
	}
	return kinds
}
