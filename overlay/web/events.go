package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

const (
	// beatEvery is how often a page is told that all is well: after twelve seconds
	// without it does not claim any more to know how many are left. It takes this
	// from an event: a comment is nothing that a script can see.
	beatEvery = 5 * time.Second
	// eventTimeout is how long a page may take to read an event.
	eventTimeout = 10 * time.Second
)

// events tells a page what to show: all of it at once, and again after each
// change.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	stream := r.PathValue("stream")
	if !s.clients.enter(stream) {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "Too many overlays are open: close some.", http.StatusServiceUnavailable)
		return
	}
	defer s.clients.leave(stream)
	select {
	case <-s.conf.Show.Ready():
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // for nginx in front
	f := &feed{server: s, stream: stream, w: w, rc: http.NewResponseController(w)}
	sub := s.conf.Show.Subscribe()
	defer sub.Close()
	f.run(r, sub)
}

// feed is one page's stream of events.
type feed struct {
	server *Server
	stream string
	w      http.ResponseWriter
	rc     *http.ResponseController
	told   []byte // the last state that was sent, but for what is true once
}

// run goes on until the page leaves or cannot follow, or the server ends. The
// page then comes again.
func (f *feed) run(r *http.Request, sub *control.Subscription) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	set := f.server.settings.Load()
	state := sub.State
	err := f.state(set, state, nil)
	for err == nil {
		select {
		case u, open := <-sub.Updates:
			if !open {
				return
			}
			var ended []endedView
			state, ended = f.latest(u, sub)
			err = f.state(set, state, ended)
		case <-set.replaced:
			before := set
			set = f.server.settings.Load()
			if !set.has(f.stream) { // what the page shows would stay; it must be as it was for that
				_ = f.state(before, &overlay.State{}, nil)
				return
			}
			err = f.state(set, state, nil)
		case <-beat.C:
			err = f.send("beat", []byte(fmt.Sprintf(`{"now":%d}`, time.Now().UnixMilli())))
		case <-r.Context().Done():
			return
		}
	}
}

// latest is what a number of updates come to.
func (f *feed) latest(u control.Update, sub *control.Subscription) (state *overlay.State, ended []endedView) {
	for {
		state = u.State
		for _, e := range u.Events {
			if e.Stream == f.stream && e.Type == overlay.OfferEnded {
				ended = append(ended, endedView{e.Run, e.Reason})
			}
		}
		select {
		case next, open := <-sub.Updates:
			if !open {
				return state, ended
			}
			u = next
		default:
			return state, ended
		}
	}
}

// state sends what is on, if that has changed.
func (f *feed) state(set *settings, state *overlay.State, ended []endedView) error {
	v := f.server.viewOf(set, f.stream, state.Stages[f.stream])
	still, err := json.Marshal(v)
	if err != nil || bytes.Equal(still, f.told) && len(ended) == 0 {
		return err
	}
	f.told = still
	v.Now, v.Ended = time.Now().UnixMilli(), ended
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.send("state", data)
}

// send writes an event. A page that does not read it in time is cut.
func (f *feed) send(event string, data []byte) error {
	if err := f.rc.SetWriteDeadline(time.Now().Add(f.server.eventTimeout)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	return f.rc.Flush()
}
