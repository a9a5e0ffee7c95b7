package playback

import (
	"net/http"
	"strconv"
)

// serveFeed answers with the stream as it comes: ftyp and moov, then fragments
// from the newest keyframe on. A viewer that falls behind goes on at a later
// keyframe. Hawker-Epoch is the wall clock, in unix milliseconds, at media time
// 0.
func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) {
	session, err := s.session(r.Context())
	if err == nil {
		defer s.count.feeds.Add(-1)
		if s.count.feeds.Add(1) > int64(s.conf.MaxFeeds) {
			err = errCrowded
		}
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", session.newest().contentType())
	h.Set("Cache-Control", noStore)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers the answer would add to the delay
	if r.ProtoMajor == 1 {
		// The answer lasts until the connection's end (RFC 9112 section 6.3): in
		// chunks, each frame would cost three writes.
		h.Set("Transfer-Encoding", "identity")
	}
	if epoch, known := session.clock(); known {
		h.Set("Access-Control-Expose-Headers", "Hawker-Epoch")
		h.Set("Hawker-Epoch", strconv.FormatInt(epoch.UnixMilli(), 10))
	}
	if r.Method == http.MethodHead {
		return
	}
	s.feed(w, r, session)
}

func (s *Server) feed(w http.ResponseWriter, r *http.Request, session *session) {
	line := s.line(w, feedFormat)
	var next uint64
	var last *header
	var pieces [][]byte
	for {
		fragments, moved, over := session.after(next)
		pieces = pieces[:0]
		for _, f := range fragments {
			if f.header != last {
				last = f.header
				pieces = append(pieces, last.data)
			}
			pieces = append(pieces, f.data)
			next = f.number + 1
		}
		switch {
		case len(pieces) > 0:
			if line.write(pieces, 0) != nil || line.control.Flush() != nil {
				return
			}
			continue
		case over:
			return
		}
		select {
		case <-moved:
		case <-r.Context().Done():
			return
		}
	}
}

// newest is the header now in force.
func (s *shelf) newest() *header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.header
}

// feedBatch is how many fragments are written at most before looking again.
const feedBatch = 32

// after returns the fragments from number on, from the newest keyframe if it is
// 0 or they are gone; without any, moved is closed when there are, unless it is
// all over.
func (s *shelf) after(number uint64) (_ []fragment, moved chan struct{}, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved, over = s.moved, s.ended != nil
	if len(s.fragments) == 0 {
		return nil, moved, over
	}
	first := s.fragments[0].number
	if number < first {
		number = s.keyframe
	}
	if number < first { // the keyframe is gone, too
		return nil, moved, over
	}
	from := min(int(number-first), len(s.fragments))
	to := min(from+feedBatch, len(s.fragments))
	return append([]fragment(nil), s.fragments[from:to]...), moved, over
}
