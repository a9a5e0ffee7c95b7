package chathttp

import (
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/hawker-live/hawker/overlay/chat"
)

// piece is how many bytes a page is given time for at once.
const piece = 16 << 10

// events tells a page of the chat until the page leaves, does not keep up, or the
// chat ends. The page comes again by itself.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		fail(w, http.StatusForbidden, problem{Error: "Only the watch page reads the chat."})
		return
	}
	if r.Method != http.MethodGet { // HEAD
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	reader, err := s.conf.Desk.Join(r.PathValue("stream"), s.conf.Address(r))
	if err != nil {
		s.refuse(w, err)
		return
	}
	defer reader.Leave()
	smallBuffer(r.Context())
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // for nginx in front
	page := page{w: w, rc: http.NewResponseController(w), patience: s.conf.Patience}
	_ = page.rc.SetReadDeadline(time.Time{}) // the request has been read, and nothing more is to come
	err = page.follow(r, reader)
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, chat.ErrSlow) {
		reader.Cut()
	}
}

// page is one that is told.
type page struct {
	w        http.ResponseWriter
	rc       *http.ResponseController
	patience time.Duration
}

func (p page) follow(r *http.Request, reader *chat.Reader) error {
	err := p.send(reader.Opening)
	var frames [][]byte
	for err == nil {
		select {
		case <-reader.Ready():
		case <-r.Context().Done():
			return r.Context().Err()
		}
		if frames, err = reader.Take(frames[:0]); err == nil {
			err = p.send(frames...)
		}
		clear(frames) // what is read must not be kept
	}
	return err
}

// send writes frames, which all pages share, and copies none of them.
func (p page) send(frames ...[]byte) error {
	for _, frame := range frames {
		for len(frame) > 0 {
			n := min(len(frame), piece)
			if err := p.rc.SetWriteDeadline(time.Now().Add(p.patience)); err != nil {
				return err
			}
			if _, err := p.w.Write(frame[:n]); err != nil {
				return err
			}
			frame = frame[n:]
		}
	}
	if len(frames) == 0 {
		return nil
	}
	return p.rc.Flush()
}
