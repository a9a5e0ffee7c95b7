package relaytest

import (
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Stall stops reading at once, until Resume: the peer's writes fill what
// buffers there are and then block.
func (s *Session) Stall() { s.valve.stop() }

// Resume reads again.
func (s *Session) Resume() { s.valve.resume() }

// Reset ends the connection with RST.
func (s *Session) Reset() {
	s.end(ErrReset)
	s.valve.reset()
}

// Hangup ends the connection with FIN; what still comes in is dropped.
func (s *Session) Hangup() { s.hangup(ErrHungUp) }

// Refuse says onStatus with level error now, however late, and hangs up. The
// usual codes are rtmp.CodeBadName and rtmp.CodeDenied.
func (s *Session) Refuse(code, description string) {
	s.mu.Lock()
	conn, id := s.writer, s.streamID
	s.mu.Unlock()
	if conn != nil {
		_ = conn.Write(status(id, Quirks{}, "error", code, description))
	}
	s.hangup(&rtmp.Refusal{Code: code, Description: description})
}

func (s *Session) hangup(why error) {
	if !s.end(why) {
		return
	}
	s.mu.Lock()
	secure := s.secure
	s.mu.Unlock()
	if secure != nil {
		_ = secure.CloseWrite()
	}
	s.valve.finish(patience)
}

// die ends the connection as the script says.
func (s *Session) die() {
	if s.script.DieSoftly {
		s.Hangup()
		return
	}
	s.Reset()
}

// stallAsTold stalls as the script says.
func (s *Session) stallAsTold() {
	s.Stall()
	s.later(s.script.StallFor, s.Resume)
}

// later does something after d, unless the session has ended or d is 0.
func (s *Session) later(d time.Duration, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d > 0 && !s.log.ended {
		s.timers = append(s.timers, time.AfterFunc(d, do))
	}
}

func (s *Session) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.timers {
		t.Stop()
	}
}

// let makes the session a publishing one, unless it has ended. The platform
// calls it with its own lock held.
func (s *Session) let(key string) (ok bool) {
	s.note(func(j *journal) {
		if ok = !j.ended; ok {
			j.key, j.step, j.publishedAt = key, rtmp.StepPublish, time.Now()
		}
	})
	return ok
}

// publishing tells whether key is being published here now.
func (s *Session) publishing(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.published() && !s.log.ended && s.log.key == key
}

// end notes the end, once, and tells whether it was this call that did.
func (s *Session) end(err error) bool {
	first, published := false, false
	s.note(func(j *journal) {
		first = !j.ended
		if first {
			published = j.published()
			j.ended, j.endedAt, j.err = true, time.Now(), err
		}
	})
	if published {
		s.platform.leave()
	}
	return first
}

func (s *Session) reach(step rtmp.Step) { s.note(func(j *journal) { j.step = step }) }

// note changes the journal and wakes who waits.
func (s *Session) note(change func(*journal)) {
	s.mu.Lock()
	change(&s.log)
	s.mu.Unlock()
	s.bell.ring()
	s.platform.bell.ring()
}
