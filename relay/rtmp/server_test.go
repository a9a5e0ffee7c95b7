package rtmp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestNewServerWantsPublish(t *testing.T) {
	if _, err := rtmp.NewServer(rtmp.ServerConfig{}); err == nil {
		t.Error("a server without Publish was made")
	}
}

// TestServerEnds: Serve comes back soon after its context has ended, whatever
// its sessions are doing, and every ingest is closed.
func TestServerEnds(t *testing.T) {
	s := open(t, rtmp.ServerConfig{})
	silent, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	greetedOnly := greeted(t, s.addr)
	connected := greeted(t, s.addr)
	connected.connect("live")
	live, rec := s.publish(t, "key")
	if err := live.Write(frame(0, 10)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are in", func() bool { return s.metric(t, "hawker_ingest_connections") == 4 })
	begun := time.Now()
	s.end()
	rec.wantClosed(t, false)
	for _, e := range []*encoder{greetedOnly, connected, live} {
		e.wantEnd()
	}
	err = <-s.ended
	s.ended <- err
	if took := time.Since(begun); took > 2*time.Second || err != nil {
		t.Errorf("took %v: %v", took, err)
	}
	if n := s.metric(t, "hawker_ingest_connections"); n != 0 {
		t.Errorf("%v connections counted after the end", n)
	}
}

// TestServerEndsStalledSession: a peer that no longer reads what it is told
// holds up neither the server's end nor its own.
func TestServerEndsStalledSession(t *testing.T) {
	for name, end := range map[string]func(*studio, *recorder){
		"the server ends":      func(s *studio, _ *recorder) { s.end() },
		"the session is ended": func(s *studio, rec *recorder) { rec.end(&rtmp.Refusal{Code: rtmp.CodeBadName}) },
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, rtmp.ServerConfig{}, narrow{ln})
			e, rec := s.publish(t, "key")
			_ = e.nc.(*net.TCPConn).SetReadBuffer(4096)
			_ = e.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
			go func() { // until the connection is closed: pings, whose answers no one reads
				for e.Write(rtmp.Message{Type: rtmp.TypeUserControl, Body: []byte{0, 6, 0, 0, 0, 1}}) == nil {
				}
			}()
			last, since := e.Written(), time.Now()
			eventually(t, "the session waits in an answer", func() bool {
				if n := e.Written(); n != last {
					last, since = n, time.Now()
				}
				return time.Since(since) > 300*time.Millisecond
			})
			begun := time.Now()
			end(s, rec)
			rec.wantClosed(t, false)
			eventually(t, "the connection is closed", func() bool { return s.metric(t, "hawker_ingest_connections") == 0 })
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// narrow is a listener whose connections hold little that was not read.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	nc, err := n.Listener.Accept()
	if err == nil {
		_ = nc.(*net.TCPConn).SetWriteBuffer(4096)
	}
	return nc, err
}

// TestServerPending: those who have not shown a key are bounded, all in all and
// by address; those who have do not count. When all places are taken, a newcomer
// gets that of the one who has waited longest from the address with the most.
func TestServerPending(t *testing.T) {
	for _, tt := range []struct {
		name string
		conf rtmp.ServerConfig
		from string // of the one that comes too many
		in   bool
		out  bool // the first of those who wait
	}{
		{"by address", rtmp.ServerConfig{MaxPendingPerAddress: 3}, "127.0.0.1", false, false},
		{"another address", rtmp.ServerConfig{MaxPendingPerAddress: 3}, "127.0.0.2", true, false},
		{"all in all", rtmp.ServerConfig{MaxPending: 3}, "127.0.0.2", true, true},
		{"room for one", rtmp.ServerConfig{MaxPending: 4, MaxPendingPerAddress: 4}, "127.0.0.1", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, tt.conf)
			for range 3 { // let in: not pending any more
				e, rec := s.publish(t, "key")
				if err := e.Write(frame(0, 1)); err != nil {
					t.Fatal(err)
				}
				eventually(t, "media flows", func() bool { return len(rec.received()) == 1 })
			}
			var pending []*encoder
			for range 3 {
				pending = append(pending, greeted(t, s.addr))
			}
			if !knock(t, s.addr, tt.from, tt.in) {
				t.Errorf("a connection from %s was let in: want %v", tt.from, tt.in)
			}
			if tt.out {
				pending[0].wantEnd()
			}
			want := map[bool]float64{false: 0, true: 1}[!tt.in || tt.out]
			if n := s.metric(t, "hawker_ingest_refused_total"); n != want {
				t.Errorf("%v refusals counted, want %v", n, want)
			}
			_ = pending[0].nc.Close()
			eventually(t, "the place of one that has left is free", func() bool { return knock(t, s.addr, "127.0.0.1", true) })
		})
	}
}

// knock reports whether a connection from an address is answered as wanted: with
// a handshake or not at all.
func knock(t *testing.T, addr, from string, in bool) bool {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 5 * time.Second}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		t.Skipf("this system cannot dial from %s: %v", from, err)
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
	return (rtmp.Greet(nc) == nil) == in
}

// TestServerRTMPS publishes through TLS, and refuses through it.
func TestServerRTMPS(t *testing.T) {
	ln, conf := secured(t)
	s := open(t, rtmp.ServerConfig{}, ln)
	dial := func() (net.Conn, error) { return tls.Dial("tcp", s.addr, conf) }
	e := greet(t, dial)
	e.connect("live")
	e.say(1, "publish", 5, nil, "key", "live")
	e.hear("onStatus")
	rec := <-s.recorders
	body := bytes.Repeat([]byte{7}, 500_000)
	if err := e.Write(rtmp.Message{Type: rtmp.TypeVideo, StreamID: 1, Body: body}); err != nil {
		t.Fatal(err)
	}
	e.say(1, "deleteStream", 6, nil, 1)
	rec.wantClosed(t, true)
	if got := rec.received(); len(got) != 1 || !bytes.Equal(got[0].body, body) {
		t.Errorf("received %d packets", len(got))
	}
	refused := greet(t, dial)
	refused.connect("live")
	refused.say(1, "publish", 5, nil, "denied", "live")
	if _, code, _ := refused.hear("onStatus").Status(); code != rtmp.CodeDenied {
		t.Errorf("told %s", code)
	}
	plain, err := net.Dial("tcp", s.addr) // RTMP to the TLS port
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	_ = plain.SetDeadline(time.Now().Add(5 * time.Second))
	if err := rtmp.Greet(plain); err == nil {
		t.Error("plain RTMP was taken on the TLS port")
	}
}

// TestServerAcceptErrors: what passes is waited out; a closed listener is not.
func TestServerAcceptErrors(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, rtmp.ServerConfig{}, &flaky{Listener: ln, failures: 3})
	s.publish(t, "key")
	s.end()

	server, err := rtmp.NewServer(rtmp.ServerConfig{Publish: s.admit})
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if err := server.Serve(t.Context(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	if err := server.Serve(ctx, &flaky{Listener: ln, failures: 1 << 30}); err != nil {
		t.Errorf("ended between failures: %v", err)
	}
}

// flaky fails before it works.
type flaky struct {
	net.Listener
	failures int
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.failures--; f.failures >= 0 {
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

// TestServerEndsWhileAccepting: a connection that comes with the end is closed.
func TestServerEndsWhileAccepting(t *testing.T) {
	server, err := rtmp.NewServer(rtmp.ServerConfig{Publish: failing(nil)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	if err := server.Serve(ctx, &last{cancel: cancel, nc: far}); err != nil {
		t.Error(err)
	}
	_ = near.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection was left open: %v", err)
	}
}

// last hands out one connection at the moment of the end.
type last struct {
	cancel context.CancelFunc
	nc     net.Conn
}

func (l *last) Accept() (net.Conn, error) { l.cancel(); return l.nc, nil }
func (l *last) Close() error              { return nil }
func (l *last) Addr() net.Addr            { return &net.TCPAddr{} }
