package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	// beat is how often a quiet connection is written to, so that both ends see
	// when it is gone.
	beat = 15 * time.Second
	// patience is how long one write may take.
	patience = 5 * time.Second
)

// events sends what happens as it happens: first the state, as one event of type
// "state", then each event under its own type, with its seq as id. ?stream= asks
// for one stream and what concerns all.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	stream := r.URL.Query().Get("stream")
	if stream != "" {
		r.SetPathValue("stream", stream)
		if _, ok := s.stream(w, r); !ok {
			return
		}
	}
	sub := s.conf.Control.Subscribe()
	defer sub.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	out := eventWriter{w, http.NewResponseController(w)}
	if out.write("state", sub.State.Seq, only(sub.State, stream)) != nil {
		return
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case update, open := <-sub.Updates:
			if !open || out.all(update.Events, stream) != nil {
				return
			}
		case <-ticker.C:
			if out.comment() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// only is a state with one stream's stage, or with all if stream is empty.
func only(s *overlay.State, stream string) *overlay.State {
	if stream == "" {
		return s
	}
	return &overlay.State{Seq: s.Seq, Offers: s.Offers, Banners: s.Banners, Stages: map[string]overlay.Stage{stream: s.Stages[stream]}}
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w    http.ResponseWriter
	ctrl *http.ResponseController
}

func (e eventWriter) all(events []overlay.Event, stream string) error {
	for i := range events {
		if at := events[i].Stream; stream != "" && at != "" && at != stream {
			continue
		}
		if err := e.write(string(events[i].Type), events[i].Seq, events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e eventWriter) write(event string, id uint64, v any) error {
	data, err := json.Marshal(v) // without line breaks
	if err != nil {
		return err
	}
	return e.send(fmt.Sprintf("event: %s\nid: %d\ndata: %s\n\n", event, id, data))
}

func (e eventWriter) comment() error { return e.send(":\n\n") }

func (e eventWriter) send(text string) error {
	if err := e.ctrl.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.ctrl.Flush()
}
