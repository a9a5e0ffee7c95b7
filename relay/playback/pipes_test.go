package playback_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// pipes are connections within a bubble: net.Pipe has deadlines, and no buffers
// of a kernel between a server and who does not read.
type pipes struct {
	conns   chan net.Conn
	closed  chan struct{}
	handled chan time.Time // when a request was
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "bubble", Net: "pipe"} }

// pipe serves g on pipes until stop is called.
func (g *stage) pipe() (p *pipes, stop func()) {
	p = &pipes{conns: make(chan net.Conn), closed: make(chan struct{}), handled: make(chan time.Time, 1)}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.ServeHTTP(w, r)
		p.handled <- time.Now()
	})}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(p) }()
	return p, func() {
		_ = srv.Close()
		<-done
	}
}

// ask sends a request.
func (p *pipes) ask(t *testing.T, path string) net.Conn {
	t.Helper()
	mine, its := net.Pipe()
	p.conns <- its
	_, err := fmt.Fprintf(mine, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	must(t, err)
	return mine
}

// sip reads a body at a pace, in bytes a second; 0 is for nothing beyond the
// header. It returns how much came, how much was to come, and hangs up.
func sip(t *testing.T, c net.Conn, pace int) (got, want int64) {
	defer func() { _ = c.Close() }()
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil {
		t.Errorf("%v", err)
		return 0, 0
	}
	defer func() { _ = resp.Body.Close() }()
	if pace == 0 {
		time.Sleep(time.Hour)
		pace = 1 << 20
	}
	for {
		n, err := io.CopyN(io.Discard, resp.Body, int64(pace/10))
		if got += n; err != nil || got == resp.ContentLength {
			return got, resp.ContentLength
		}
		time.Sleep(100 * time.Millisecond)
	}
}
