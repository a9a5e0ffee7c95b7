package playback

import (
	"time"
)

// feedBehind is how far a feed may fall behind beyond its keyframe before it
// jumps to the newest one.
const (
	feedBehind      = 4 * time.Second
	feedBehindBytes = 32 << 20
)

// trim lets go of fragments that no feed begins with and none may wait for.
func (s *shelf) trim(horizon time.Duration) {
	bytes := 0
	for _, f := range s.fragments {
		bytes += len(f.data)
	}
	n := 0
	for ; n < len(s.fragments)-1; n++ {
		f := &s.fragments[n]
		if bytes <= feedBehindBytes && (f.number >= s.keyframe || f.start > horizon) {
			break
		}
		bytes -= len(f.data)
	}
	clear(s.fragments[:n])
	s.fragments = s.fragments[n:]
}

// listedFor and keptFor are how much there is in the playlist, and how much
// remains for players that have an older one, in target durations.
// CAN-SKIP-UNTIL is less than the first.
const (
	skipUntil = 6
	listedFor = 8
	keptFor   = 12
)

// evict takes old segments off the playlist, and older ones off the shelf. The
// three newest stay, whatever they weigh.
func (s *shelf) evict() {
	var length time.Duration
	bytes := s.bytes
	for _, g := range s.segments {
		length += g.length
	}
	drop := 0
	for i, g := range s.segments[:max(0, len(s.segments)-3)] {
		if length-g.length >= keptFor*s.timing.target || bytes > s.maxBytes {
			drop, bytes = i+1, bytes-g.bytes
		}
		if i >= s.listed && (length-g.length >= listedFor*s.timing.target || drop > i) {
			s.listed = i + 1
			if g.broken {
				s.gone++
			}
		}
		length -= g.length
	}
	s.bytes = bytes
	clear(s.segments[:drop])
	s.segments = s.segments[drop:]
	s.listed -= drop
	for len(s.headers) > 1 && s.headers[0] != s.segments[0].header {
		s.headers = s.headers[1:]
	}
}
