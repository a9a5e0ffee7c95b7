package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// clickTimeout is how long a viewer waits for a click to be counted, or for the
// offers to be read after a start.
const clickTimeout = 2 * time.Second

// click counts a follow of a short link, and leads to the store. The viewer gets
// there though the count fails.
func (s *Server) click(w http.ResponseWriter, r *http.Request) {
	if !s.ready(r.Context()) {
		w.Header().Set("Retry-After", "2")
		w.Header().Set("Refresh", "2")
		s.sorry(w, http.StatusServiceUnavailable, startingFile)
		return
	}
	set := s.settings.Load()
	state := s.conf.Show.State()
	offer, known := state.Offers[strings.ToLower(r.PathValue("offer"))] // phones write capitals
	if !known || overlay.CheckURL(offer.URL) != nil {
		s.notFound(w, r)
		return
	}
	place := set.place(r.PathValue("destination"))
	if counts(r) {
		s.count(r, offer.ID, place)
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	// http.Redirect would write the link anew.
	h["Location"] = []string{attributed(offer.URL, set.Attribution, values(set, state, offer.ID, place))}
	w.WriteHeader(http.StatusFound)
}

// ready waits a moment until there are offers to lead to.
func (s *Server) ready(ctx context.Context) bool {
	select {
	case <-s.conf.Show.Ready():
		return true
	default:
	}
	timeout := time.NewTimer(clickTimeout)
	defer timeout.Stop()
	select {
	case <-s.conf.Show.Ready():
		return true
	case <-timeout.C:
	case <-ctx.Done():
	}
	return false
}

// count keeps a click, though the viewer has gone on already.
func (s *Server) count(r *http.Request, offer, place string) {
	addr := s.Client(r)
	if !s.counted.take(addr) {
		s.metrics.lost.WithLabelValues(lostLimit).Inc()
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), clickTimeout)
	defer cancel()
	agent := r.UserAgent()
	_, err := s.conf.Clicks.Click(ctx, overlay.Click{
		Offer: offer, Destination: place, At: time.Now(),
		Visitor: addr.String() + "\x00" + agent[:min(len(agent), 1000)],
	})
	if err != nil {
		s.metrics.lost.WithLabelValues(lostStore).Inc()
		s.told.log(s.conf.Logger, err, offer, place)
		return
	}
	s.told.clear(s.conf.Logger)
	s.metrics.clicks.count(offer, place)
}

// values are what attribution parameters may say.
func values(set *settings, state *overlay.State, offer, place string) *strings.Replacer {
	return strings.NewReplacer("{offer}", offer, "{destination}", place, "{stream}", streamOf(set, state, offer, place))
}

// streamOf is the stream that a click most likely came from; empty when that is
// not known: one that has the destination, and of several the one on which the
// offer runs.
func streamOf(set *settings, state *overlay.State, offer, place string) string {
	var may, runs []string
	for _, stream := range set.Streams {
		if !stream.shows(place) {
			continue
		}
		may = append(may, stream.Name)
		if _, on := state.Stages[stream.Name].Run(offer); on {
			runs = append(runs, stream.Name)
		}
	}
	switch {
	case len(may) == 1:
		return may[0]
	case len(runs) == 1:
		return runs[0]
	}
	return ""
}
