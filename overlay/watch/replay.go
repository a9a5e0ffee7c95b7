package watch

import (
	"net/http"
	"strings"
)

// What there is of earlier shows beside pages and recordings.
const (
	showsFile  = "shows.json"
	offersFile = "offers.json"
)

// past serves earlier shows: their list and each of them as a page and as JSON,
// what was on offer, and the recordings.
func (s *Server) past(w http.ResponseWriter, r *http.Request) {
	set := s.settings.Load()
	stream := set.page(r.PathValue("stream"))
	if stream == nil || !stream.Replay || s.conf.Replays == nil {
		s.notFound(w, r)
		return
	}
	date, file := r.PathValue("date"), r.PathValue("file")
	switch {
	case date == showsFile && file == "":
		s.conf.Replays.ServeShows(w, r)
	case file == offersFile:
		s.story(w, r, stream.Name, date)
	case file != "":
		s.conf.Replays.ServePart(w, r)
	case strings.HasSuffix(date, ".json"):
		s.conf.Replays.ServeShow(w, r)
	case date == "" || isShow(date):
		s.serve(w, set.pages[stream.Name].past, "'none'")
	default:
		s.notFound(w, r)
	}
}

// story answers with what was on offer in a show.
func (s *Server) story(w http.ResponseWriter, r *http.Request, stream, date string) {
	span, there := s.conf.Replays.Span(stream, date) // the log is not asked for what strangers make up
	if !there || s.conf.Log == nil {
		s.notFound(w, r)
		return
	}
	body, err := s.stories.tell(r.Context(), s.conf.Log, s.conf.Links, stream, span)
	if err != nil {
		s.conf.Logger.Debug("what was on offer in a show cannot be told", "stream", stream, "err", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "What was on offer cannot be read now.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
}
