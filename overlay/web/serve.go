package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// How long a client may take.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	shutdownGrace = 3 * time.Second // a click that is being counted
	maxHeader     = 16 << 10
)

// Serve answers on ln until ctx ends. It cuts event streams at once, and gives
// other requests a moment. Streams that are mounted move their write deadline on
// with an http.ResponseController, and end with the request's context.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	unused := unused{conns: map[net.Conn]bool{}}
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       s.conf.ConnContext,
		ConnState:         unused.follow,
		ErrorLog:          slog.NewLogLogger(s.conf.Logger.Handler(), slog.LevelDebug),
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		unused.close()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(ln)
	if !stop() {
		<-closed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// unused are connections on which nothing has come yet. Browsers open some in
// advance, and Shutdown would wait for them.
type unused struct {
	mu     sync.Mutex // guards the rest
	conns  map[net.Conn]bool
	closed bool
}

func (u *unused) follow(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.conns, conn)
	case u.closed:
		_ = conn.Close()
	default:
		u.conns[conn] = true
	}
}

func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for conn := range u.conns {
		_ = conn.Close()
	}
}
