package web

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Server answers viewers.
type Server struct {
	conf     Config
	settings atomic.Pointer[settings]
	metrics  *metrics
	clients  *clients
	tries    *limiter    // wrong overlay links
	counted  *limiter    // clicks
	told     told        // the store's failures
	warned   atomic.Bool // of a proxy that is not trusted

	eventTimeout              time.Duration
	maxConns, maxAddressConns int
}

// New checks conf and starts nothing.
func New(conf Config) (*Server, error) {
	if conf.Show == nil || conf.Clicks == nil || conf.LinkKey.Empty() {
		return nil, errors.New("web needs a show, a store of clicks and the key of overlay links")
	}
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	if conf.Mount == nil {
		conf.Mount = func(*http.ServeMux) {}
	}
	m, err := newMetrics(conf.Registerer, func() map[string]overlay.Offer { return conf.Show.State().Offers })
	if err != nil {
		return nil, err
	}
	s := &Server{
		conf: conf, metrics: m, clients: newClients(m.clients),
		tries: newLimiter(maxTries), counted: newLimiter(maxCounted),
		eventTimeout: eventTimeout, maxConns: maxConns, maxAddressConns: maxAddressConns,
	}
	return s, s.Apply(conf.Settings)
}

// Handler is all there is: the routes of Routes and Mount, in their shell.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.Routes(mux)
	s.conf.Mount(mux)
	mux.HandleFunc("/", s.notFound)
	return s.shell(mux)
}

// Routes adds what this package serves.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /o/{offer}", s.click)
	mux.HandleFunc("GET /o/{offer}/{$}", s.click)
	mux.HandleFunc("GET /o/{offer}/{destination}", s.click)
	mux.HandleFunc("GET /overlay/{stream}", s.keyed(s.page))
	mux.HandleFunc("GET /overlay/{stream}/events", s.keyed(s.events))
	mux.HandleFunc("GET /overlay/{stream}/qr/{file}", s.keyed(s.code))
	mux.HandleFunc("GET /images/{name}", s.image)
	mux.HandleFunc("GET /page/{version}/{name}", s.asset)
}
