package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
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

// Serve answers on ln until ctx ends, or ln fails, and returns when the last
// handler has. It cuts event streams at once, and gives other requests a moment.
// Streams that are mounted move their write deadline on with an
// http.ResponseController, and end with the request's context.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	door := s.newDoor(ln)
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       s.connContext,
		ConnState:         door.follow,
		ErrorLog:          slog.NewLogLogger(s.conf.Logger.Handler(), slog.LevelDebug),
	}
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(closed)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		door.closeUnused()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(door)
	end() // if it was the listener that failed
	<-closed
	door.served.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// connContext gives routes that want to know their connection the one below the
// door's.
func (s *Server) connContext(ctx context.Context, c net.Conn) context.Context {
	if s.conf.ConnContext == nil {
		return ctx
	}
	if g, ok := c.(*guest); ok {
		c = g.Conn
	}
	return s.conf.ConnContext(ctx, c)
}
