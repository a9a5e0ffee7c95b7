package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
)

// Streams is the answer to GET /api/v1/streams.
type Streams struct {
	Streams []relay.StreamStatus `json:"streams"`
}

// Problem is the body of every error: RFC 9457, application/problem+json.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-s.conf.Relay.Ready():
		_, _ = w.Write([]byte("ok\n"))
	default:
		problem(w, http.StatusServiceUnavailable, "the relay does not listen yet")
	}
}

func (s *Server) streams(w http.ResponseWriter, _ *http.Request) {
	answer(w, Streams{s.conf.Relay.Status()})
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("stream")
	for _, st := range s.conf.Relay.Status() {
		if st.Name == name {
			answer(w, st)
			return
		}
	}
	problem(w, http.StatusNotFound, "no stream has this name")
}

// control does what the path says and answers with the destination's new state.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	s.done(w, r, s.conf.Relay.Control(r.PathValue("stream"), r.PathValue("destination"), relay.Action(r.PathValue("action"))))
}

// switchSource puts the primary or the backup encoder on air.
func (s *Server) switchSource(w http.ResponseWriter, r *http.Request) {
	s.done(w, r, s.conf.Relay.Switch(r.PathValue("stream"), relay.Role(r.PathValue("role"))))
}

// done answers with the stream's new state, or with what went wrong.
func (s *Server) done(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, relay.ErrNotFound):
		problem(w, http.StatusNotFound, err.Error())
	case errors.Is(err, relay.ErrNotConnected):
		problem(w, http.StatusConflict, err.Error())
	case err != nil:
		problem(w, http.StatusBadRequest, err.Error())
	default:
		s.stream(w, r)
	}
}

// authorized lets a request through that carries the bearer token.
func (s *Server) authorized(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !s.conf.Token.Equal(secret.New(token)) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="hawker"`)
			problem(w, http.StatusUnauthorized, "this call needs the bearer token from admin.token in the data folder")
			return
		}
		next(w, r)
	})
}

func answer(w http.ResponseWriter, v any) {
	header(w, "application/json", http.StatusOK)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client has gone; there is nobody to tell
}

// WriteProblem answers with an error.
func WriteProblem(w http.ResponseWriter, status int, detail string) { problem(w, status, detail) }

func problem(w http.ResponseWriter, status int, detail string) {
	header(w, "application/problem+json", status)
	_ = json.NewEncoder(w).Encode(Problem{http.StatusText(status), status, detail})
}

func header(w http.ResponseWriter, contentType string, status int) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
