package playback_test

import (
	"fmt"
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
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(p) // until it is closed
	}()
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
