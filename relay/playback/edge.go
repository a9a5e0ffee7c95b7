package playback

import (
	"errors"
	"time"
)

// has tells whether the playlist has what d wants (RFC 8216bis section 6.2.5.2).
// The caller holds s.mu.
func (s *shelf) has(d directives) (bool, error) {
	if s.ended != nil {
		return true, s.left()
	}
	open, parts := s.edge()
	if !d.blocks {
		// Players that know nothing of parts need a whole segment.
		return open > 0, nil
	}
	if d.segment > open+1 || d.hasPart && ahead(d, open, parts) > s.partsAhead() {
		return false, errTooFar
	}
	if d.segment < open {
		// A part after a segment's last one is the first of the next.
		return d.segment+1 < open || !d.hasPart || parts > 0 || d.part < s.partsOf(d.segment), nil
	}
	return d.segment == open && d.hasPart && d.part < parts, nil
}

// left is the error of a session that has ended otherwise than with its
// broadcast, which must not be told as the end of that, or before it had
// anything.
func (s *shelf) left() error {
	switch {
	case errors.Is(s.ended, errStopped):
		return errStopped
	case !errors.Is(s.ended, errEnded) || len(s.segments) == 0:
		return errNotThere
	}
	return nil
}

// edge is the number of the segment that grows, or will next, and how many parts
// that has. The caller holds s.mu.
func (s *shelf) edge() (number, parts uint64) {
	n := len(s.segments)
	switch {
	case n == 0:
		return 0, 0
	case s.open:
		return s.segments[n-1].number, s.segments[n-1].told()
	}
	return s.segments[n-1].number + 1, 0
}

func (s *shelf) partsOf(number uint64) uint64 {
	for _, g := range s.segments {
		if g.number == number {
			return g.told()
		}
	}
	return 0
}

// told is how many parts viewers are told of.
func (g *segment) told() uint64 {
	if g.bare {
		return 0
	}
	return uint64(len(g.parts))
}

// ahead is how many parts there must still be for d.
func ahead(d directives, open, parts uint64) uint64 {
	switch {
	case d.segment == open && d.part >= parts:
		return d.part - parts + 1
	case d.segment > open:
		return d.part + 1
	}
	return 0
}

// partsAhead is the Advance Part Limit: what is further ahead is refused.
func (s *shelf) partsAhead() uint64 {
	if s.timing.part >= time.Second {
		return 3
	}
	return uint64((3*time.Second + s.timing.part - 1) / s.timing.part)
}

// file finds a file. The caller holds s.mu.
func (s *shelf) file(kind string, number uint64) (pieces [][]byte, there bool, err error) {
	switch kind {
	case "init":
		for _, h := range s.headers {
			if uint64(h.number) == number {
				return [][]byte{h.data}, true, nil
			}
		}
	case "seg":
		for i, g := range s.segments {
			if g.number == number && (i < len(s.segments)-1 || !s.open) {
				for _, p := range g.parts {
					pieces = append(pieces, p.data)
				}
				return pieces, true, nil
			}
		}
	case "part":
		if number == s.parts && s.ended == nil {
			return nil, false, nil
		}
		for i := len(s.segments) - 1; i >= 0; i-- {
			for _, p := range s.segments[i].parts {
				if p.number == number && !s.segments[i].bare {
					return [][]byte{p.data}, true, nil
				}
			}
		}
	}
	return nil, false, errNotThere
}
