package rtmp_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// watched is a listener whose connections report what a session does to them,
// so that tests can end it at moments that hardly ever come by themselves.
type watched struct {
	net.Listener
	beforeDeadline func(call int)      // before each SetDeadline
	readDeadline   func(past bool)     // before each SetReadDeadline
	woken          chan struct{}       // gets one for each deadline in the past, once it is set
	closed         chan watchedFigures // gets one when the session closes
}

type watchedFigures struct {
	read int64 // bytes
	past bool  // the last read deadline was in the past
}

func watch(t *testing.T) *watched {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &watched{ln, func(int) {}, func(bool) {}, make(chan struct{}, 16), make(chan watchedFigures, 16)}
}

func (w *watched) Accept() (net.Conn, error) {
	nc, err := w.Listener.Accept()
	return &watchedConn{Conn: nc, w: w}, err
}

type watchedConn struct {
	net.Conn
	w     *watched
	calls int
	read  atomic.Int64
	past  atomic.Bool
}

func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

func (c *watchedConn) SetDeadline(t time.Time) error {
	c.calls++
	c.w.beforeDeadline(c.calls)
	return c.Conn.SetDeadline(t)
}

func (c *watchedConn) SetReadDeadline(t time.Time) error {
	past := t.Before(time.Now())
	c.w.readDeadline(past)
	err := c.Conn.SetReadDeadline(t)
	c.past.Store(past)
	if past {
		c.w.woken <- struct{}{}
	}
	return err
}

func (c *watchedConn) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

func (c *watchedConn) Close() error {
	c.w.closed <- watchedFigures{c.read.Load(), c.past.Load()}
	return c.Conn.Close()
}

// wantClosed waits for the session to close its connection.
func (w *watched) wantClosed(t *testing.T) watchedFigures {
	t.Helper()
	select {
	case f := <-w.closed:
		return f
	case <-time.After(5 * time.Second):
		t.Fatal("the session got its time back")
		return watchedFigures{}
	}
}

// TestSessionEndsAtADeadline: a server that ends just before a session sets its
// next deadline ends it all the same.
func TestSessionEndsAtADeadline(t *testing.T) {
	for name, at := range map[string]int{"before the handshake": 1, "after the handshake": 2} {
		t.Run(name, func(t *testing.T) {
			ln := watch(t)
			var s *studio
			ready := make(chan struct{})
			ln.beforeDeadline = func(call int) {
				if call == at {
					<-ready
					s.end()
					<-ln.woken
				}
			}
			s = open(t, rtmp.ServerConfig{Handshake: time.Minute, Login: time.Minute}, ln)
			close(ready)
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			if at == 2 {
				_ = rtmp.Greet(nc)
			}
			ln.wantClosed(t)
		})
	}
}

// endingIngest ends its own session while it takes a frame.
type endingIngest struct {
	end   func(error)
	after func()
}

func (i endingIngest) Write(media.Kind, uint32, []byte) error {
	i.end(&rtmp.Refusal{Code: rtmp.CodeBadName, Description: "taken over"})
	i.after()
	return nil
}
func (i endingIngest) Close(bool) {}

// publishEnding sends a frame to an endingIngest.
func publishEnding(t *testing.T, ln *watched, after func()) *encoder {
	t.Helper()
	s := open(t, rtmp.ServerConfig{
		Silence: time.Minute,
		Publish: func(_ context.Context, _ rtmp.Request, end func(error)) (rtmp.Ingest, error) {
			return endingIngest{end, after}, nil
		},
	}, ln)
	e := greeted(t, s.addr)
	e.connect("live")
	e.say(1, "publish", 5, nil, "key", "live")
	e.hear("onStatus")
	if err := e.Write(frame(0, 10)); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSessionEndsBetweenReads: the end's deadline is not undone by that of the
// next read.
func TestSessionEndsBetweenReads(t *testing.T) {
	ln := watch(t)
	e := publishEnding(t, ln, func() { <-ln.woken })
	if _, code, _ := e.hear("onStatus").Status(); code != rtmp.CodeBadName {
		t.Errorf("told %s", code)
	}
	_ = e.nc.Close()
	ln.wantClosed(t)
}

// TestSessionFarewell: the refusal is followed by all that the encoder still
// sends, and the end's deadline, however late it comes, does not cut that short.
func TestSessionFarewell(t *testing.T) {
	ln := watch(t)
	ln.readDeadline = func(past bool) {
		if past {
			<-time.After(50 * time.Millisecond)
		}
	}
	e := publishEnding(t, ln, func() {})
	if _, code, text := e.hear("onStatus").Status(); code != rtmp.CodeBadName || !strings.Contains(text, "taken over") {
		t.Errorf("told %s %s", code, text)
	}
	const more = 100_000
	<-time.After(100 * time.Millisecond)
	if err := e.Write(frame(1, more)); err != nil {
		t.Errorf("what the encoder still had to say: %v", err)
	}
	_ = e.nc.Close()
	if f := ln.wantClosed(t); f.read < more || f.past {
		t.Errorf("%d bytes were read, the last deadline in the past: %v", f.read, f.past)
	}
}
