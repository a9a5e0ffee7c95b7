package watch

import (
	"bytes"
	"net/http"

	"github.com/hawker-live/hawker/overlay/pages"
)

// The parts of a stream that are this package's own.
const (
	eventsPart = "events"
	embedPart  = "embed"
	replayPart = "replay"
	visitPart  = "visit"
)

// Routes adds what this package serves. Its patterns are as general as can be,
// so that they are in nobody's way; names that others have are Reserved.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /watch/{version}/{name}", s.asset)
	mux.HandleFunc("GET /{$}", s.front)
	own := http.NewServeMux()
	own.HandleFunc("GET /{stream}", s.page)
	own.HandleFunc("GET /{stream}/{$}", s.page)
	own.HandleFunc("GET /{stream}/"+embedPart, s.embed)
	own.HandleFunc("GET /{stream}/"+eventsPart, s.events)
	own.HandleFunc("/{stream}/"+visitPart, s.visit)
	for _, name := range []string{"live.mp4", "index.m3u8", "hls/{session}/{file}"} {
		own.HandleFunc("GET /{stream}/"+name, s.media)
	}
	own.HandleFunc("GET /{stream}/"+replayPart, s.past)
	own.HandleFunc("GET /{stream}/"+replayPart+"/{date}", s.past)
	own.HandleFunc("GET /{stream}/"+replayPart+"/{date}/{file}", s.past)
	for name, part := range s.conf.Parts {
		own.Handle("/{stream}/"+name, s.known(part))
		own.Handle("/{stream}/"+name+"/", s.known(part))
	}
	own.HandleFunc("/", s.notFound)
	mux.Handle("/{stream}", own)
	mux.Handle("/{stream}/{rest...}", own)
}

// known lets requests through for streams that have a page.
func (s *Server) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.settings.Load().page(r.PathValue("stream")) == nil {
			s.notFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isMedia(part string) bool {
	return part == "live.mp4" || part == "index.m3u8" || part == "hls"
}

// media serves the picture. Other people's pages and players may have it.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
	stream := r.PathValue("stream")
	if s.settings.Load().page(stream) == nil {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.StripPrefix("/"+stream, s.conf.Media(stream)).ServeHTTP(w, r)
}

// notFound answers with the page for what there is not.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy("'none'"))
	h.Set("Content-Type", pages.Kind(".html"))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = bytes.NewReader(s.settings.Load().gone).WriteTo(w)
	}
}
