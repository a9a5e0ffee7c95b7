// Package chathttp is the chat's face for viewers' pages: server-sent events out,
// messages in, and the erasure of what a viewer wrote. Package chat tells what is
// sent and answered.
//
// Belongs here: requests and answers. Does not: what is allowed (package chat), and
// pages.
package chathttp

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/hawker-live/hawker/overlay/chat"
)

// Config is what a Server needs; Desk and Address are required.
type Config struct {
	Desk *chat.Desk
	// Address is who asks, behind proxies that are trusted.
	Address func(*http.Request) netip.Addr
	// Origin is the server's own as viewers reach it, such as
	// https://live.example.com, for proxies that change the Host; it may be nil.
	Origin func() string
	// Patience is how long a page may take to read a piece of what it is sent,
	// until it is cut; 0 is DefaultPatience.
	Patience time.Duration
}

// DefaultPatience is long enough for a phone between two cells.
const DefaultPatience = 5 * time.Second

// Server serves /{stream}/chat and what lies under it. It has a mux of its own: its
// patterns cannot stand in one with others that begin with a fixed word, such as
// /o/{offer}/{destination}.
type Server struct {
	conf Config
	mux  *http.ServeMux
}

// New checks conf and starts nothing.
func New(conf Config) (*Server, error) {
	if conf.Desk == nil || conf.Address == nil {
		return nil, errors.New("chat for pages: incomplete configuration")
	}
	if conf.Origin == nil {
		conf.Origin = func() string { return "" }
	}
	conf.Patience = cmp.Or(conf.Patience, DefaultPatience)
	s := &Server{conf: conf, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{stream}/chat/events", s.events)
	s.mux.HandleFunc("POST /{stream}/chat", s.post)
	s.mux.HandleFunc("POST /{stream}/chat/erase", s.erase)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	// The mux knows whether another method would do.
	probe := &status{header: http.Header{}}
	handler.ServeHTTP(probe, r)
	if allow := probe.header.Get("Allow"); allow != "" {
		h.Set("Allow", allow)
		fail(w, http.StatusMethodNotAllowed, problem{Error: "This cannot be done here."})
		return
	}
	fail(w, http.StatusNotFound, problem{Error: "There is nothing here."})
}

// status takes an answer that nobody is to see.
type status struct{ header http.Header }

func (s *status) Header() http.Header         { return s.header }
func (s *status) Write(b []byte) (int, error) { return len(b), nil }
func (s *status) WriteHeader(int)             {}

type connKey struct{}

// ConnContext is for http.Server.ConnContext: with it, readers of the chat get a
// small send buffer, so that one who is stuck is noticed within seconds. Without it
// the system takes megabytes for a reader that takes nothing.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// sendBuffer is in bytes; systems take it as a hint.
const sendBuffer = 8 << 10

func smallBuffer(ctx context.Context) {
	if c, ok := ctx.Value(connKey{}).(interface{ SetWriteBuffer(int) error }); ok {
		_ = c.SetWriteBuffer(sendBuffer) // it goes without
	}
}
