package record

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// Handler serves three things, all read-only:
//
//	GET /{stream}/replay                    the list of shows: {"shows": [Summary]}
//	GET /{stream}/replay/{date}.json        a Show; the date may be a day
//	GET /{stream}/replay/{date}/{file}      a part of it as MP4, any range of bytes
//
// A page at /{stream}/replay/{date} is another's: what mounts both may take
// ServeShows, ServeShow and ServePart apart.
func (s *Shelf) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{stream}/replay", s.ServeShows)
	mux.HandleFunc("GET /{stream}/replay/{date}", s.ServeShow)
	mux.HandleFunc("GET /{stream}/replay/{date}/{file}", s.ServePart)
	return mux
}

// ServeShows answers with the list of the shows of PathValue stream.
func (s *Shelf) ServeShows(w http.ResponseWriter, r *http.Request) {
	shows, err := s.Shows(r.PathValue("stream"))
	if err != nil {
		fail(w, err)
		return
	}
	send(w, map[string]any{"shows": shows})
}

// ServeShow answers with a show by the PathValues stream and date, which ends in
// .json.
func (s *Shelf) ServeShow(w http.ResponseWriter, r *http.Request) {
	date, is := strings.CutSuffix(r.PathValue("date"), aboutEnd)
	if !is {
		fail(w, ErrNotFound)
		return
	}
	show, err := s.Show(r.PathValue("stream"), date)
	if err != nil {
		fail(w, err)
		return
	}
	send(w, show)
}

// ServePart answers with a part by the PathValues stream, date and file.
func (s *Shelf) ServePart(w http.ResponseWriter, r *http.Request) {
	date, file := r.PathValue("date"), r.PathValue("file")
	if !strings.HasPrefix(file, date) || !dateShape.MatchString(date) && !dayShape.MatchString(date) {
		fail(w, ErrNotFound)
		return
	}
	f, p, err := s.Open(r.PathValue("stream"), file)
	if err != nil {
		fail(w, err)
		return
	}
	defer func() { _ = f.Close() }()
	out := &patient{ResponseWriter: w, control: http.NewResponseController(w)}
	out.renew() // it may take a while to begin
	info, err := f.Stat()
	if err != nil {
		fail(w, err)
		return
	}
	var content io.ReadSeeker = f
	if p.Format == FLV {
		playing, err := s.reels.play(r.Context(), p, f)
		if err != nil {
			fail(w, err)
			return
		}
		content = io.NewSectionReader(playing, 0, playing.size)
	}
	h := w.Header()
	h.Set("Content-Type", p.mime())
	h.Set("Cache-Control", "no-cache") // it may grow, or be deleted
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(out, r, "", info.ModTime(), content)
}

// partPatience is how long a viewer may take nothing of a part: browsers stop
// reading while they have enough. Renewed is how often that begins anew.
const (
	partPatience = 10 * time.Minute
	renewed      = 10 * time.Second
)

// patient moves the server's deadline on as long as something is taken.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	moved   time.Time
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	p.renew()
	return p.ResponseWriter.Write(b)
}

func (p *patient) renew() {
	if now := time.Now(); now.Sub(p.moved) > renewed {
		p.moved = now
		_ = p.control.SetWriteDeadline(now.Add(partPatience)) // not all kinds of connection have one
	}
}

func send(w http.ResponseWriter, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(v) // who has gone needs no answer
}

// fail answers with an error. What it says of the machine's folders is nobody's
// business.
func fail(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case errors.Is(err, ErrNotFound):
		http.Error(w, ErrNotFound.Error(), http.StatusNotFound)
	case errors.Is(err, fmp4.ErrUnsupported):
		http.Error(w, err.Error(), http.StatusUnsupportedMediaType)
	default:
		http.Error(w, "recordings cannot be read now", http.StatusInternalServerError)
	}
}
