package web

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/hawker-live/hawker/overlay/pages"
)

// policy lets a page load what this server has, pictures of offers from
// anywhere, and nothing else; no script or style that stands within the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// shell is around every route: headers, clean paths, contained panics.
func (s *Server) shell(next http.Handler) http.Handler {
	return s.contained(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the overlay's address is a secret
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !clean(r.URL.Path) {
			s.notFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	}))
}

// clean tells whether a path is written plainly. The mux would redirect others
// to what they mean, and nothing here redirects but a short link,
// and / to the only page.
func clean(p string) bool {
	return p == path.Clean(p) || p == path.Clean(p)+"/"
}

// contained keeps a panic to its request.
func (s *Server) contained(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := &firstByte{ResponseWriter: w}
		defer func() {
			v := recover()
			if err, isError := v.(error); isError && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			if v != nil {
				s.metrics.panics.Inc()
				s.conf.Logger.Error("panic in an HTTP handler; the others go on", "err", v, "path", printable(r.URL.Path))
				if first.sent {
					panic(http.ErrAbortHandler) // half an answer must not look like a whole one
				}
				http.Error(w, "An internal error. Please try again.", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(first, r)
	})
}

// printable is what is logged of a path that a stranger chose.
func printable(p string) string { return strings.ToValidUTF8(p[:min(len(p), 200)], "?") }

// firstByte notes whether an answer has begun.
type firstByte struct {
	http.ResponseWriter
	sent bool
}

func (f *firstByte) WriteHeader(status int) {
	f.sent = true
	f.ResponseWriter.WriteHeader(status)
}

func (f *firstByte) Write(b []byte) (int, error) {
	f.sent = true
	return f.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (f *firstByte) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// notFound is the page for whatever there is not.
func (s *Server) notFound(w http.ResponseWriter, _ *http.Request) {
	s.sorry(w, http.StatusNotFound, notFoundFile)
}

// sorry answers with a page that says that there is nothing.
func (s *Server) sorry(w http.ResponseWriter, status int, file string) {
	w.Header().Set("Content-Type", pages.Kind(file))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(s.settings.Load().pages[file])
}
