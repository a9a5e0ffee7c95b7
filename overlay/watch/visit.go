package watch

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/netip"
	"regexp"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	maxVisit     = 1 << 10         // bytes
	visitTimeout = 2 * time.Second // how long the store may take to remember one
)

// visitorID is a name that a page has made up.
var visitorID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// visit notes who has come to see the broadcast that is on. Its name is in the
// body of the request: addresses end up in logs.
func (s *Server) visit(w http.ResponseWriter, r *http.Request) {
	room := s.room(r.PathValue("stream"))
	if room == nil {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "A visit is told by POST.")
		return
	}
	if s.settings.Load().origins.Check(r) != nil {
		refuse(w, http.StatusForbidden, "Only the watch page tells who visits it.")
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "A visit must be sent as application/json.")
		return
	}
	var who struct {
		Visitor string `json:"visitor"`
	}
	body := http.MaxBytesReader(w, r.Body, maxVisit)
	err := json.NewDecoder(body).Decode(&who)
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		refuse(w, http.StatusRequestEntityTooLarge, "A visit is told in at most 1 KiB.")
		return
	}
	if err != nil || !visitorID.MatchString(who.Visitor) {
		refuse(w, http.StatusBadRequest, `A visit is {"visitor": "..."}, with 32 digits of 0-9 and a-f.`)
		return
	}
	if !objects(r.Header) {
		s.visited(r.Context(), room, partyOf(s.conf.Client(r)), who.Visitor)
	}
	w.WriteHeader(http.StatusNoContent)
}

// refuse answers with why nothing was noted.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": why}) // the page has gone; there is nobody to tell
}

// objects tells whether a browser says that its user wants not to be known
// again: Global Privacy Control, and what came before it.
func objects(h http.Header) bool { return h.Get("Sec-GPC") == "1" || h.Get("DNT") == "1" }

// visited counts a visitor once for each broadcast that they see.
func (s *Server) visited(ctx context.Context, room *room, from netip.Prefix, visitor string) {
	since, show := room.on()
	if since.IsZero() {
		return
	}
	first, returning, err := s.note(ctx, from, overlay.Visit{
		Stream: room.stream, Visitor: visitor, Broadcast: since, Before: show.Add(-betweenShows),
	})
	if err != nil {
		s.metrics.lost.Inc()
		s.conf.Logger.Debug("a visit could not be noted", "stream", room.stream, "err", err)
		first, returning = true, false
	}
	if first {
		room.joined(returning)
	}
}

// note has the visit remembered. Names cost nothing to make up, so only so many
// new ones are kept from one party; who is known is known in any crowd.
func (s *Server) note(ctx context.Context, from netip.Prefix, v overlay.Visit) (first, returning bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	full := false
	first, returning, err = s.conf.Visits.Visit(ctx, v, func() bool {
		full = !s.names.take(from, time.Now())
		return !full
	})
	if err == nil && full {
		err = errTooMany
	}
	return first, returning, err
}
