package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/control"
)

// Control is who runs the show: a *control.Control.
type Control interface {
	// Ready is closed when what was kept has been read.
	Ready() <-chan struct{}
	Do(ctx context.Context, r control.Request) (control.Result, error)
	State() *overlay.State
	Subscribe() *control.Subscription
}

// Records is what was kept: a *store.Store.
type Records interface {
	Events(ctx context.Context, q overlay.LogQuery) ([]overlay.Event, error)
	Clicks(ctx context.Context, offer string) ([]overlay.ClickCount, error)
}

// Links makes the links of the public face: a *web.Server.
type Links interface {
	// ShortLink leads to an offer's store by way of a count.
	ShortLink(offer, destination string) string
	// OverlayLink is for the host's own machine alone.
	OverlayLink(stream string) string
}

// Stream is a stream with the names of its destinations.
type Stream struct {
	Name         string
	Destinations []string
}

// Config is what a Server needs; all fields but Chat are required.
type Config struct {
	Control Control
	Records Records
	Links   Links
	// Audience tells how a stream is watched on its page; false without one.
	Audience func(stream string) (Audience, bool)
	// Chat is nil for none.
	Chat *chat.Desk
	// Streams are those that are configured now.
	Streams func() []Stream
	// Problem writes an error as application/problem+json.
	Problem func(w http.ResponseWriter, status int, detail string)
	Logger  *slog.Logger
}

// Server answers the operator's requests about the overlay.
type Server struct{ conf Config }

// New checks conf and starts nothing.
func New(conf Config) (*Server, error) {
	if conf.Control == nil || conf.Records == nil || conf.Links == nil || conf.Streams == nil || conf.Audience == nil || conf.Problem == nil || conf.Logger == nil {
		return nil, errors.New("overlay API: incomplete configuration")
	}
	return &Server{conf}, nil
}

// Routes mounts the API. All of it needs what guard asks for: offers that are
// not announced yet are nobody's business.
func (s *Server) Routes(mux *http.ServeMux, guard func(http.HandlerFunc) http.Handler) {
	routes := map[string]http.HandlerFunc{
		"GET /api/v1/offers":                s.listOffers,
		"POST /api/v1/offers":               s.createOffer,
		"GET /api/v1/offers/{offer}":        s.showOffer,
		"PUT /api/v1/offers/{offer}":        s.putOffer,
		"PATCH /api/v1/offers/{offer}":      s.patchOffer,
		"DELETE /api/v1/offers/{offer}":     s.removeOffer,
		"POST /api/v1/offers/{offer}/stock": s.stock,
		"GET /api/v1/offers/{offer}/log":    s.log,
		"GET /api/v1/offers/{offer}/links":  s.links,

		"POST /api/v1/streams/{stream}/offers/{offer}/start": s.start,
		"POST /api/v1/streams/{stream}/offers/{offer}/end":   s.end,

		"GET /api/v1/banners":                              s.listBanners,
		"POST /api/v1/banners":                             s.putBanner,
		"DELETE /api/v1/banners/{banner}":                  s.removeBanner,
		"GET /api/v1/streams/{stream}/banners":             s.shownBanners,
		"POST /api/v1/streams/{stream}/banners":            s.showBanner,
		"DELETE /api/v1/streams/{stream}/banners":          s.hideBanner,
		"DELETE /api/v1/streams/{stream}/banners/{banner}": s.hideBanner,

		"GET /api/v1/streams/{stream}/show":    s.show,
		"PUT /api/v1/streams/{stream}/show":    s.setShow,
		"DELETE /api/v1/streams/{stream}/show": s.clearShow,
		"GET /api/v1/streams/{stream}/overlay": s.stage,

		"GET /api/v1/events": s.events,
	}
	if s.conf.Chat != nil {
		maps.Copy(routes, s.chatRoutes())
	}
	for pattern, handler := range routes {
		mux.Handle(pattern, guard(s.ready(handler)))
	}
}

// ready keeps requests out until it is known what there is.
func (s *Server) ready(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.conf.Control.Ready():
			next(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			s.conf.Problem(w, http.StatusServiceUnavailable, "the server has just started and still reads its offers: ask again in a second")
		}
	}
}

// stream is the one that the path names; it answers itself when there is none.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) (Stream, bool) {
	name := r.PathValue("stream")
	for _, stream := range s.conf.Streams() {
		if stream.Name == name {
			return stream, true
		}
	}
	s.conf.Problem(w, http.StatusNotFound, fmt.Sprintf("there is no stream %q: GET /api/v1/streams lists them", name))
	return Stream{}, false
}

// offer is the one that the path names; it answers itself when there is none.
func (s *Server) offer(w http.ResponseWriter, r *http.Request) (overlay.Offer, bool) {
	id := r.PathValue("offer")
	o, known := s.conf.Control.State().Offers[id]
	if !known {
		s.conf.Problem(w, http.StatusNotFound, noOffer(id).Error())
	}
	return o, known
}

func noOffer(id string) error {
	return &badRequest{http.StatusNotFound, fmt.Sprintf("there is no offer %q: GET /api/v1/offers lists them", id)}
}

// fail answers with what went wrong.
func (s *Server) fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var invalid *overlay.Invalid
	var bad *badRequest
	switch {
	case errors.As(err, &bad):
		status = bad.status
	case errors.As(err, &invalid), errors.Is(err, control.ErrKeyReused):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, overlay.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, overlay.ErrConflict), errors.Is(err, overlay.ErrUndisclosed), errors.Is(err, overlay.ErrSoldOut):
		status = http.StatusConflict
	case errors.Is(err, control.ErrUnavailable), errors.Is(err, control.ErrStopping):
		w.Header().Set("Retry-After", "5")
		status = http.StatusServiceUnavailable
	case errors.Is(err, context.Canceled): // the client has gone; there is nobody to tell
	default:
		s.conf.Logger.Error("a request about offers failed", "err", err)
		err = errors.New("an internal error; nothing was changed")
	}
	s.conf.Problem(w, status, err.Error())
}

func answer(w http.ResponseWriter, v any) { send(w, http.StatusOK, encode(v)) }

func encode(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil { // all that is answered can be encoded
		return nil
	}
	return append(b, '\n')
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
