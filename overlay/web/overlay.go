package web

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/pages"
	"github.com/hawker-live/hawker/overlay/qr"
)

// keyed lets those through who have a stream's overlay link, whatever others at
// their address try. To the others there is no such stream.
func (s *Server) keyed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		stream := r.PathValue("stream")
		right := subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("key")), []byte(s.overlayKey(stream))) == 1
		switch {
		case right && s.settings.Load().has(stream):
			next(w, r)
		case s.tries.take(s.Client(r)):
			s.notFound(w, r)
		default:
			w.Header().Set("Retry-After", "60")
			s.sorry(w, http.StatusTooManyRequests, notFoundFile)
		}
	}
}

// page serves the overlay's page: the same for all streams.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", pages.Kind(pageFile))
	_, _ = w.Write(s.settings.Load().pages[pageFile])
}

// code serves the QR code of an offer.
func (s *Server) code(w http.ResponseWriter, r *http.Request) {
	offer, isSVG := strings.CutSuffix(r.PathValue("file"), ".svg")
	if !isSVG || overlay.CheckID(offer) != nil {
		s.notFound(w, r)
		return
	}
	picture, err := qr.SVG(s.ShortLink(offer, onOverlay))
	if err != nil {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(picture)
}
