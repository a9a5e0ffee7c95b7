package rtmp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// failingIngest fails as its test says.
type failingIngest struct {
	write  func(media.Kind) error
	closed func()
}

func (f failingIngest) Write(k media.Kind, _ uint32, _ []byte) error { return f.write(k) }
func (f failingIngest) Close(bool)                                   { f.closed() }

func failing(write func(media.Kind) error) func(context.Context, rtmp.Request, func(error)) (rtmp.Ingest, error) {
	return func(context.Context, rtmp.Request, func(error)) (rtmp.Ingest, error) {
		return failingIngest{write, func() {}}, nil
	}
}

// TestSessionPanics is the ingest's share of T34: a panic ends its own session,
// is counted, and its ingest is closed all the same.
func TestSessionPanics(t *testing.T) {
	for _, where := range []string{"publish", "write", "close"} {
		t.Run(where, func(t *testing.T) {
			var log bytes.Buffer
			var mu sync.Mutex // guards log
			closed := make(chan struct{}, 1)
			var s *studio
			s = open(t, rtmp.ServerConfig{
				Logger: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil)),
				Publish: func(ctx context.Context, r rtmp.Request, end func(error)) (rtmp.Ingest, error) {
					if r.Key.Reveal() != "bad" {
						return s.admit(ctx, r, end)
					}
					if where == "publish" {
						panic("on purpose")
					}
					return failingIngest{
						write: func(media.Kind) error {
							if where == "write" {
								panic("on purpose")
							}
							return nil
						},
						closed: func() {
							closed <- struct{}{}
							if where == "close" {
								panic("on purpose")
							}
						},
					}, nil
				},
			})
			good, rec := s.publish(t, "key")
			bad := greeted(t, s.addr)
			bad.connect("live")
			bad.say(1, "publish", 5, nil, "bad", "live")
			_ = bad.Write(frame(0, 10))
			if where == "close" {
				bad.say(1, "deleteStream", 6, nil, 1)
			}
			bad.wantEnd()
			if where != "publish" {
				<-closed
			}
			eventually(t, "the panic is counted", func() bool { return s.metric(t, "hawker_panics_total") == 1 })
			if err := good.Write(frame(0, 10), frame(1, 10)); err != nil {
				t.Fatal(err)
			}
			good.say(1, "deleteStream", 6, nil, 1)
			rec.wantClosed(t, true)
			if got := rec.received(); len(got) != 2 {
				t.Errorf("the good publisher's packets: %d", len(got))
			}
			mu.Lock()
			defer mu.Unlock()
			if !strings.Contains(log.String(), "on purpose") || !strings.Contains(log.String(), "remote=127.0.0.1:") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

type locked struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// TestSessionDeadlines: no one keeps a connection by saying nothing.
func TestSessionDeadlines(t *testing.T) {
	const short, long = 150 * time.Millisecond, time.Minute
	for _, tt := range []struct {
		name string
		conf rtmp.ServerConfig
		talk func(*testing.T, *studio) net.Conn
	}{
		{"nothing at all", rtmp.ServerConfig{Handshake: short, Login: long}, func(t *testing.T, s *studio) net.Conn {
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			return nc
		}},
		{"half a handshake", rtmp.ServerConfig{Handshake: short, Login: long}, func(t *testing.T, s *studio) net.Conn {
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = nc.Write(append([]byte{3}, make([]byte, 1000)...))
			return nc
		}},
		{"silent after the handshake", rtmp.ServerConfig{Handshake: long, Login: short}, func(t *testing.T, s *studio) net.Conn {
			return greeted(t, s.addr).nc
		}},
		{"silent before publish", rtmp.ServerConfig{Handshake: long, Login: short}, func(t *testing.T, s *studio) net.Conn {
			e := greeted(t, s.addr)
			e.connect("live")
			return e.nc
		}},
		{"no media", rtmp.ServerConfig{FirstMedia: short, Silence: long}, func(t *testing.T, s *studio) net.Conn {
			e, _ := s.publish(t, "key")
			return e.nc
		}},
		{"no media but metadata", rtmp.ServerConfig{FirstMedia: short, Silence: long}, func(t *testing.T, s *studio) net.Conn {
			e, _ := s.publish(t, "key")
			_ = e.Write(rtmp.Message{Type: rtmp.TypeData, StreamID: 1, Body: []byte{5}})
			return e.nc
		}},
		{"no more media", rtmp.ServerConfig{FirstMedia: long, Silence: short}, func(t *testing.T, s *studio) net.Conn {
			e, _ := s.publish(t, "key")
			_ = e.Write(frame(0, 100))
			return e.nc
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, tt.conf)
			begun := time.Now()
			nc := tt.talk(t, s)
			defer func() { _ = nc.Close() }()
			_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
			buf := make([]byte, 4096)
			for {
				if _, err := nc.Read(buf); err != nil {
					break
				}
			}
			if took := time.Since(begun); took < short/2 || took > 5*time.Second {
				t.Errorf("closed after %v", took)
			}
		})
	}
}

// TestSessionFirstMediaMayBeLate: a publisher that says something has FirstMedia
// for its first frame, and not Silence.
func TestSessionFirstMediaMayBeLate(t *testing.T) {
	s := open(t, rtmp.ServerConfig{FirstMedia: time.Minute, Silence: 50 * time.Millisecond})
	e, rec := s.publish(t, "key")
	_ = e.Write(rtmp.Message{Type: rtmp.TypeData, StreamID: 1, Body: []byte{5}})
	<-time.After(200 * time.Millisecond)
	_ = e.Write(frame(0, 100))
	rec.wantClosed(t, false) // now by Silence
	if got := rec.received(); len(got) != 2 {
		t.Errorf("received %d packets", len(got))
	}
}

// TestSessionSlowPublisher: bytes that trickle are not silence.
func TestSessionSlowPublisher(t *testing.T) {
	s := open(t, rtmp.ServerConfig{Silence: 500 * time.Millisecond})
	e, rec := s.publish(t, "key")
	_ = e.Write(frame(0, 10))
	for range 12 {
		<-time.After(60 * time.Millisecond)
		if err := e.Write(frame(0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	e.say(1, "deleteStream", 6, nil, 1)
	rec.wantClosed(t, true)
	if got := rec.received(); len(got) != 13 {
		t.Errorf("received %d packets", len(got))
	}
}
