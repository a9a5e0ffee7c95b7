package watch

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// eventTimeout is how long a page may take to read an event.
const eventTimeout = 10 * time.Second

// events tells a page what to show: how things are, and each change.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	room := s.room(r.PathValue("stream"))
	if room == nil {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" { // its reader could take all places of a viewer
		http.Error(w, "Only the watch page is told what happens.", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet { // the mux lets HEAD pass for GET
		h.Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	from := partyOf(s.conf.Client(r))
	if !s.places.take(room.stream, from) {
		s.metrics.refused.WithLabelValues(room.stream).Inc()
		h.Set("Retry-After", "10")
		http.Error(w, "Too many pages are open. This one tries again by itself.", http.StatusServiceUnavailable)
		return
	}
	defer s.places.leave(room.stream, from)
	room.enter(1, time.Now())
	defer func() { room.enter(-1, time.Now()) }()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // for nginx in front
	query := r.URL.Query()
	v := &viewer{
		room: room, w: w, rc: http.NewResponseController(w), seen: query.Get("seen"),
		named: query.Has("named") && !objects(r.Header),
	}
	_ = v.rc.SetReadDeadline(time.Time{}) // the request has been read, and nothing more is to come
	v.run(r.Context())
}

// viewer is an open page.
type viewer struct {
	room  *room
	w     http.ResponseWriter
	rc    *http.ResponseController
	named bool   // it tells of its visits itself
	seen  string // the broadcast for which the page was counted when it was connected before
	sees  time.Time
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
		v.join()
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

// join counts a viewer without a name, once for each broadcast that they see.
func (v *viewer) join() {
	since, _ := v.room.on()
	if v.named || since.IsZero() || since.Equal(v.sees) {
		return
	}
	v.sees = since
	if v.seen != strconv.FormatInt(overlay.Millis(since), 10) {
		v.room.joined(false)
	}
}
