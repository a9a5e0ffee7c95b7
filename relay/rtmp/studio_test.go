package rtmp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

// studio is a Server under test, with what its publishers sent.
type studio struct {
	addr      string
	registry  *prometheus.Registry
	end       context.CancelFunc
	ended     chan error
	recorders chan *recorder // one for each publisher that was let in
}

// recorder is an Ingest that keeps everything.
type recorder struct {
	request rtmp.Request
	end     func(error)
	closed  chan bool // how it was closed

	mu      sync.Mutex // guards packets
	packets []packet
}

type packet struct {
	kind media.Kind
	time uint32
	body []byte
}

func (r *recorder) Write(kind media.Kind, time uint32, body []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets = append(r.packets, packet{kind, time, body})
	return nil
}

func (r *recorder) Close(goodbye bool) { r.closed <- goodbye }

func (r *recorder) received() []packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]packet(nil), r.packets...)
}

// wantClosed waits for Close.
func (r *recorder) wantClosed(t *testing.T, goodbye bool) {
	t.Helper()
	select {
	case got := <-r.closed:
		if got != goodbye {
			t.Errorf("closed with goodbye %v, want %v", got, goodbye)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the ingest was not closed")
	}
}

var errNotShown = errors.New("an inner error")

// open starts a server that lets everyone in whose key is not "denied" (a
// refusal) or "broken" (another error), unless conf says otherwise.
func open(t testing.TB, conf rtmp.ServerConfig, listeners ...net.Listener) *studio {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	s := &studio{registry: prometheus.NewRegistry(), ended: make(chan error, 1), recorders: make(chan *recorder, 1000)}
	if conf.Publish == nil {
		conf.Publish = s.admit
	}
	conf.Metrics = rtmp.NewMetrics(s.registry)
	server, err := rtmp.NewServer(conf)
	if err != nil {
		t.Fatal(err)
	}
	var ln net.Listener
	if len(listeners) > 0 {
		ln = listeners[0]
	} else if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	go func() { s.ended <- server.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-s.ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(15 * time.Second):
			t.Error("Serve did not end")
		}
	})
	return s
}

func (s *studio) admit(_ context.Context, r rtmp.Request, end func(error)) (rtmp.Ingest, error) {
	switch r.Key.Reveal() {
	case "denied":
		return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "no such key"}
	case "broken":
		return nil, errNotShown
	}
	rec := &recorder{request: r, end: end, closed: make(chan bool, 2)}
	s.recorders <- rec
	return rec, nil
}

// metric returns the sum of a metric's values.
func (s *studio) metric(t *testing.T, name string) (sum float64) {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// encoder is a client that speaks as its test says.
type encoder struct {
	*rtmp.Conn
	t  testing.TB
	nc net.Conn
}

// greeted connects and does the handshake.
func greeted(t testing.TB, addr string) *encoder {
	t.Helper()
	return greet(t, func() (net.Conn, error) { return net.Dial("tcp", addr) })
}

func greet(t testing.TB, dial func() (net.Conn, error)) *encoder {
	t.Helper()
	nc, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	if err := rtmp.Greet(nc); err != nil {
		t.Fatal(err)
	}
	return &encoder{Conn: rtmp.NewConn(nc, rtmp.Limits{}), t: t, nc: nc}
}

func (e *encoder) say(sid uint32, name string, txn int64, values ...any) {
	e.t.Helper()
	m, err := rtmp.NewCommand(sid, name, txn, values...)
	if err == nil {
		err = e.Write(m)
	}
	if err != nil {
		e.t.Fatalf("%s: %v", name, err)
	}
}

// hear reads up to the next command of that name.
func (e *encoder) hear(name string) rtmp.Command {
	e.t.Helper()
	for {
		m, err := e.ReadMessage()
		if err != nil {
			e.t.Fatalf("waiting for %s: %v", name, err)
		}
		if c, err := rtmp.ParseCommand(m.Body); err != nil {
			e.t.Fatal(err)
		} else if c.Name == name {
			return c
		}
	}
}

// connect goes as far as createStream.
func (e *encoder) connect(app string) {
	e.t.Helper()
	e.say(0, "connect", 1, map[string]any{"app": app, "flashVer": "FMLE/3.0", "tcUrl": "rtmp://host/" + app})
	e.hear("_result")
	e.say(0, "releaseStream", 2, nil, "key")
	e.hear("_result")
	e.say(0, "FCPublish", 3, nil, "key")
	e.hear("onFCPublish")
	e.say(0, "createStream", 4, nil)
	e.hear("_result")
}

// publish goes through the whole dialogue and returns the server's end of it.
func (s *studio) publish(t testing.TB, key string) (*encoder, *recorder) {
	t.Helper()
	e := greeted(t, s.addr)
	e.connect("live")
	e.say(1, "publish", 5, nil, key, "live")
	if _, code, text := e.hear("onStatus").Status(); code != "NetStream.Publish.Start" {
		t.Fatalf("publish was answered with %s: %s", code, text)
	}
	return e, <-s.recorders
}

// wantEnd reads to the end of the connection.
func (e *encoder) wantEnd() {
	e.t.Helper()
	for {
		if _, err := e.ReadMessage(); err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				e.t.Errorf("the connection was left open: %v", err)
			}
			return
		}
	}
}

// frame is a video message.
func frame(time uint32, size int) rtmp.Message {
	return rtmp.Message{Type: rtmp.TypeVideo, StreamID: 1, Time: time, Body: bytes.Repeat([]byte{0x27}, size)}
}

// secured is a TLS listener and the client's side of it.
func secured(t *testing.T) (net.Listener, *tls.Config) {
	t.Helper()
	ca := newAuthority(t)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.server(t, "localhost", time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	return ln, &tls.Config{RootCAs: ca.pool(), ServerName: "localhost"}
}
