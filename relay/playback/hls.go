package playback

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (s *Server) serveMultivariant(w http.ResponseWriter, r *http.Request) {
	session, err := s.session(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, r, playlistFormat, playlistType, "public, max-age=1", 0, session.multivariant(s.conf.Source.Stats()))
}

// serveMedia answers with the media playlist, when it has what the player asks
// for.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	d, err := parseDirectives(r.URL.RawQuery)
	if err != nil {
		s.fail(w, err)
		return
	}
	session, err := s.named(r.PathValue("session"))
	if err != nil {
		s.fail(w, err)
		return
	}
	var text []byte
	err = s.wait(r.Context(), session, func() (bool, error) {
		there, err := session.has(d)
		if there {
			text = session.playlist(d.delta)
		}
		return there, err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	// As RFC 8216bis advises: a blocking answer is what others who ask the same
	// need, and one to no question soon is stale.
	age := session.timing.target / 2
	if d.blocks {
		age = 6 * session.timing.target
	}
	s.send(w, r, playlistFormat, playlistType, fmt.Sprintf("public, max-age=%d", age/time.Second), 0, text)
}

// serveFile answers with a header, a segment or a part. The part that the
// playlist hints at is waited for.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	session, err := s.named(r.PathValue("session"))
	if err != nil {
		s.fail(w, err)
		return
	}
	kind, number, known := parseFile(r.PathValue("file"))
	if !known {
		s.fail(w, errNotThere)
		return
	}
	var pieces [][]byte
	err = s.wait(r.Context(), session, func() (there bool, err error) {
		pieces, there, err = session.file(kind, number)
		return there, err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, r, mediaFormat, segmentType, immutable, session.timing.target, pieces...)
}

// parseFile reads "seg-12.m4s" and its kin.
func parseFile(name string) (kind string, number uint64, known bool) {
	kind, rest, _ := strings.Cut(name, "-")
	suffix, known := map[string]string{"init": ".mp4", "seg": ".m4s", "part": ".m4s"}[kind]
	digits, fits := strings.CutSuffix(rest, suffix)
	number, err := strconv.ParseUint(digits, 10, 63)
	// One name for each file: a cache holds them by name.
	return kind, number, known && fits && err == nil && strconv.FormatUint(number, 10) == digits
}

// wait asks whether something is there, now and whenever there is a new part,
// for three target durations at most. It is asked under the session's lock.
func (s *Server) wait(ctx context.Context, session *session, there func() (bool, error)) error {
	grown, done, err := session.ask(there)
	if done || err != nil {
		return err
	}
	leave, err := s.queue()
	if err != nil {
		return err
	}
	defer leave()
	timer := time.NewTimer(3 * session.timing.target)
	defer timer.Stop()
	for {
		select {
		case <-grown:
		case <-timer.C:
			return errTimeout
		case <-ctx.Done():
			return ctx.Err()
		}
		if grown, done, err = session.ask(there); done || err != nil {
			return err
		}
	}
}

// ask asks under the lock. If the answer is no, grown is closed when it is time
// to ask again.
func (s *shelf) ask(there func() (bool, error)) (grown chan struct{}, done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, err = there()
	return s.grown, done, err
}
