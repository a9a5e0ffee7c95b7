package playback

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Handler serves, below wherever it is mounted without that prefix:
//
//	/live.mp4                    the feed
//	/index.m3u8                  HLS: names the media playlist of the session
//	/hls/{session}/stream.m3u8   its media playlist
//	/hls/{session}/init-N.mp4    ftyp and moov
//	/hls/{session}/seg-N.m4s     a segment
//	/hls/{session}/part-N.m4s    a part
//
// A session is one broadcast as it was packaged: a player that is answered 404
// in one begins with index.m3u8 again. Any page may read all of it. What a
// session serves may be cached as its headers say, by what is in front too.
//
// Errors are plain text: 404 while the stream is not live and for what is not
// there, 415 for a codec that browsers do not know, 400 for a wrong question, 503
// with Retry-After when too many ask, or what was waited for has not come.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(path, format string, serve http.HandlerFunc) {
		count := s.conf.Metrics.requests.WithLabelValues(s.conf.Stream, format)
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			count.Inc()
			serve(w, r)
		})
	}
	handle("/live.mp4", feedFormat, s.serveFeed)
	handle("/index.m3u8", playlistFormat, s.serveMultivariant)
	handle("/hls/{session}/stream.m3u8", playlistFormat, s.serveMedia)
	handle("/hls/{session}/{file}", mediaFormat, s.serveFile)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// What is served, as metrics call it.
const (
	feedFormat     = "feed"
	playlistFormat = "playlist"
	mediaFormat    = "media" // parts, segments and headers of HLS
)

const (
	playlistType = "application/vnd.apple.mpegurl"
	segmentType  = "video/mp4" // RFC 8216bis has no other for fMP4
	immutable    = "public, max-age=31536000, immutable"
	noStore      = "no-store"
)

// send answers with a body in pieces, of media that lasts so long.
func (s *Server) send(w http.ResponseWriter, r *http.Request, format, contentType, cache string, lasts time.Duration, pieces ...[]byte) {
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(size))
	h.Set("Cache-Control", cache)
	if r.Method == http.MethodHead {
		return
	}
	_ = s.line(w, format).write(pieces, lasts)
}

// line is the way to one viewer.
type line struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	renewed  time.Time // when the deadline was last moved
	sent     prometheus.Counter
}

func (s *Server) line(w http.ResponseWriter, format string) *line {
	return &line{ResponseWriter: w, control: http.NewResponseController(w), patience: s.conf.WriteTimeout,
		sent: s.conf.Metrics.sent.WithLabelValues(s.conf.Stream, format)}
}

// slowest is how many times as long as it lasts a viewer may take for media: who
// needs more than that never catches up.
const slowest = 4

// write writes pieces, each within the time that a viewer has, or a tenth less:
// the deadline is not moved for each frame. All of them have a deadline too, for
// they are held until they are taken, one by one.
func (l *line) write(pieces [][]byte, lasts time.Duration) error {
	end := time.Now().Add(max(l.patience, slowest*lasts))
	for i, p := range pieces {
		if now := time.Now(); now.Sub(l.renewed) > l.patience/10 {
			l.renewed = now
			_ = l.control.SetWriteDeadline(earlier(now.Add(l.patience), end)) // not all kinds of connection have one
		}
		n, err := l.Write(p)
		l.sent.Add(float64(n))
		pieces[i] = nil
		if err != nil {
			return err
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	code, retry := http.StatusServiceUnavailable, "1"
	switch {
	case errors.Is(err, errDirective), errors.Is(err, errTooFar):
		code, retry = http.StatusBadRequest, ""
	case errors.Is(err, errOffline):
		code, retry = http.StatusNotFound, "2"
	case errors.Is(err, errNotThere):
		code, retry = http.StatusNotFound, ""
	case errors.Is(err, ErrUnsupported):
		code, retry = http.StatusUnsupportedMediaType, ""
	case errors.Is(err, errCrowded):
		s.conf.Metrics.refused.WithLabelValues(s.conf.Stream).Inc()
	}
	// It may have waited for longer than the server allows for an answer.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.conf.WriteTimeout))
	h := w.Header()
	h.Set("Cache-Control", noStore)
	if retry != "" {
		h.Set("Retry-After", retry)
	}
	http.Error(w, err.Error(), code)
}
