package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Relay is what the API shows and steers: a *relay.Relay.
type Relay interface {
	Status() []relay.StreamStatus
	Control(stream, destination string, action relay.Action) error
	Switch(stream string, role relay.Role) error
	Ready() <-chan struct{}
}

// Config is what a Server needs; all fields but More are required.
type Config struct {
	Relay Relay
	// Token is the bearer token for changing calls.
	Token secret.Secret
	// Gatherer gives the metrics.
	Gatherer prometheus.Gatherer
	// Registerer gets the count of contained panics.
	Registerer prometheus.Registerer
	Logger     *slog.Logger
	// More mounts routes beside the server's own, guarded by the token; nil
	// mounts none.
	More func(mux *http.ServeMux, guard func(http.HandlerFunc) http.Handler)
}

// Server answers the operator's HTTP requests.
type Server struct {
	conf   Config
	panics prometheus.Counter
}

// New checks conf and starts nothing.
func New(conf Config) (*Server, error) {
	if conf.Relay == nil || conf.Token.Empty() || conf.Gatherer == nil || conf.Registerer == nil || conf.Logger == nil {
		return nil, errors.New("admin: incomplete configuration")
	}
	s := &Server{conf: conf, panics: prometheus.NewCounter(prometheus.CounterOpts{
		Name:        "hawker_panics_total",
		Help:        "Panics that were contained in one connection.",
		ConstLabels: prometheus.Labels{"where": "admin"},
	})}
	return s, conf.Registerer.Register(s.panics)
}

// Handler returns the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.conf.Gatherer, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /api/v1/streams", s.streams)
	mux.HandleFunc("GET /api/v1/streams/{stream}", s.stream)
	mux.Handle("POST /api/v1/streams/{stream}/destinations/{destination}/{action}", s.authorized(s.control))
	mux.Handle("POST /api/v1/streams/{stream}/source/{role}", s.authorized(s.switchSource))
	if s.conf.More != nil {
		s.conf.More(mux, s.authorized)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "there is nothing at this path")
	})
	return s.contained(http.MaxBytesHandler(mux, 1<<20))
}

// Serve answers on ln until ctx ends.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.conf.Logger.Handler(), slog.LevelDebug),
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
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

// contained keeps a panic to its request.
func (s *Server) contained(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				s.panics.Inc()
				s.conf.Logger.Error("panic in an HTTP handler; the others go on", "err", v, "path", r.URL.Path)
				problem(w, http.StatusInternalServerError, "an internal error; the relay itself goes on")
			}
		}()
		next.ServeHTTP(w, r)
	})
}
