package watch

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// How long a page may take to read an event, and the store to remember a visit.
const (
	eventTimeout = 10 * time.Second
	visitTimeout = 2 * time.Second
)

// visitorID is a name that a page has made up.
var visitorID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// events tells a page what to show: how things are, and each change.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	room := s.room(r.PathValue("stream"))
	if room == nil {
		s.notFound(w, r)
		return
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" { // its reader could take all places of a viewer
		http.Error(w, "Only the watch page is told what happens.", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet { // the mux lets HEAD pass for GET
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	from := partyOf(s.conf.Client(r))
	if !s.places.take(room.stream, from) {
		s.metrics.refused.WithLabelValues(room.stream).Inc()
		w.Header().Set("Retry-After", "10")
		http.Error(w, "Too many pages are open. This one tries again by itself.", http.StatusServiceUnavailable)
		return
	}
	defer s.places.leave(room.stream, from)
	room.enter(1, time.Now())
	defer func() { room.enter(-1, time.Now()) }()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // for nginx in front
	query := r.URL.Query()
	v := &viewer{server: s, room: room, from: from, w: w, rc: http.NewResponseController(w), seen: query.Get("seen")}
	if id := query.Get("visitor"); visitorID.MatchString(id) && !objects(r.Header) {
		v.id = id
	}
	_ = v.rc.SetReadDeadline(time.Time{}) // the request has been read, and nothing more is to come
	v.run(r.Context())
}

// objects tells whether a browser says that its user wants not to be known
// again: Global Privacy Control, and what came before it.
func objects(h http.Header) bool { return h.Get("Sec-GPC") == "1" || h.Get("DNT") == "1" }

// viewer is an open page.
type viewer struct {
	server *Server
	room   *room
	from   netip.Prefix
	w      http.ResponseWriter
	rc     *http.ResponseController
	id     string // empty when it has none
	seen   string // the broadcast for which the page was counted when it was connected before
	sees   time.Time
}

// run goes on until the page leaves or does not read what it is sent, the stream
// has no page any more, or the server ends. The page then comes again.
func (v *viewer) run(ctx context.Context) {
	if v.send(beat(time.Now(), v.room.viewers())) != nil {
		return
	}
	last := uint64(0)
	for {
		news, upTo, bell, closed := v.room.after(last)
		last = upTo
		if closed || len(news) > 0 && v.send(news...) != nil {
			return
		}
		v.join(ctx)
		select {
		case <-bell:
		case <-ctx.Done():
			return
		}
	}
}

// send writes events. A page that does not read them in time is cut.
func (v *viewer) send(events ...[]byte) error {
	if err := v.rc.SetWriteDeadline(time.Now().Add(eventTimeout)); err != nil {
		return err
	}
	for _, e := range events {
		if _, err := v.w.Write(e); err != nil {
			return err
		}
	}
	return v.rc.Flush()
}

// join counts the viewer once for each broadcast that they see.
func (v *viewer) join(ctx context.Context) {
	since, show := v.room.on()
	if since.IsZero() || since.Equal(v.sees) {
		return
	}
	v.sees = since
	known := v.seen == strconv.FormatInt(millis(since), 10)
	if v.id == "" {
		if !known {
			v.room.joined(false)
		}
		return
	}
	first, returning, err := v.note(ctx, since, show)
	if err != nil {
		v.server.metrics.lost.Inc()
		v.server.conf.Logger.Debug("a visit could not be noted", "stream", v.room.stream, "err", err)
		first, returning = !known, false
	}
	if first {
		v.room.joined(returning)
	}
}

// note has the visit remembered. Names cost nothing to make up, so only so many
// new ones are kept from one party; who is known is known in any crowd.
func (v *viewer) note(ctx context.Context, since, show time.Time) (first, returning bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	full := false
	first, returning, err = v.server.conf.Visits.Visit(ctx,
		overlay.Visit{Stream: v.room.stream, Visitor: v.id, Broadcast: since, Before: show.Add(-betweenShows)}, func() bool {
			full = !v.server.names.take(v.from, time.Now())
			return !full
		})
	if err == nil && full {
		err = errTooMany
	}
	return first, returning, err
}
