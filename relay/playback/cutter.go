package playback

import (
	"time"
)

const (
	// fragmentLength is how long a fragment gets: a frame, or two of a fast
	// stream.
	fragmentLength = 30 * time.Millisecond
	// segmentLength is how long a segment gets at least, except at a
	// discontinuity.
	segmentLength = time.Second
)

// cutter makes fragments of spans, parts of fragments and segments of parts, and
// puts them on the shelf.
type cutter struct {
	shelf  *shelf
	wall   *wallClock
	made   func() // called for each fragment
	timing timing
	count  uint32 // of fragments

	timeline Timeline // nil for none
	ranges   dateRanges

	header   *header
	spans    []span // of the fragment that is being made
	pieces   [][]byte
	part     span // of the part that is being made; nothing if it is empty
	segment  span
	open     bool // there is a segment
	breaking bool // the next segment comes after a discontinuity
}

// begin makes h the header from here on. All but the first are after a
// discontinuity.
func (c *cutter) begin(h *header) {
	c.cut()
	c.breaking = c.header != nil
	c.header = h
	c.shelf.begin(h, c.wall.guess())
}

// add takes the next span.
func (c *cutter) add(s span) {
	if c.open && (s.segment && s.start-c.segment.start >= segmentLength || s.end-c.segment.start > c.timing.target) {
		c.closeSegment()
	}
	if c.long(s) {
		if c.short() && s.end-s.start <= c.timing.part {
			head, tail := s.split(c.part.start + c.timing.part)
			c.add(head)
			s = tail
		}
		c.closePart()
	}
	// What nothing can be cut out of is a segment without parts.
	bare := c.long(s)
	if bare {
		c.closeSegment()
		defer c.closeSegment()
	}
	if !c.open {
		c.openSegment(s.start, bare)
	}
	if c.part.end == c.part.start {
		c.part.start = s.start
	}
	if len(c.pieces) == 0 && len(c.spans) == 0 {
		c.part.key = s.key
	}
	c.part.end = s.end
	c.spans = append(c.spans, s)
	if s.end-c.spans[0].start >= fragmentLength {
		c.closeFragment()
	}
}

// openSegment begins a segment. If nothing began in the last moments of the one
// before, they belong to this one.
func (c *cutter) openSegment(start time.Duration, bare bool) {
	if c.part.end == start && !c.breaking {
		start = c.part.start
	} else {
		c.part = span{}
	}
	c.shelf.openSegment(start, c.wall.look(c.breaking || c.count == 0), c.breaking, bare)
	c.segment, c.open, c.breaking = span{start: start}, true, false
}

// long tells whether the part would be too long with a span.
func (c *cutter) long(s span) bool {
	start := s.start
	if c.part.end > c.part.start && !c.breaking {
		start = c.part.start
	}
	return s.end-start > c.timing.part
}

// boundary is where the part ends at the latest in which a span would be that
// begins at a time.
func (c *cutter) boundary(at time.Duration) time.Duration {
	if next := c.part.start + c.timing.part; c.open && c.part.end > c.part.start && next > at {
		return next
	}
	return at + c.timing.part
}

// short tells whether the part is too short to be one: that takes 85 % of the
// target (RFC 8216bis section 4.4.4.9).
func (c *cutter) short() bool { return (c.part.end-c.part.start)*20 < c.timing.part*17 }

// foresee closes what the next span, of the same length as the one before, would
// not fit into: that is a frame earlier than add would.
func (c *cutter) foresee(length time.Duration, segment bool) {
	switch {
	case !c.open:
	case segment && c.part.end-c.segment.start >= segmentLength:
		c.closeSegment()
	case !c.short() && c.part.end-c.part.start+length*3/4 > c.timing.part:
		c.closePart()
	}
}

// cut ends everything: after it there is a discontinuity, or nothing.
func (c *cutter) cut() {
	c.closeSegment()
	c.breaking = true
}

func (c *cutter) closeSegment() {
	c.closePart()
	if c.open {
		c.shelf.closeSegment()
		c.open = false
	}
}

func (c *cutter) closePart() {
	c.closeFragment()
	if len(c.pieces) == 0 {
		return
	}
	sizes := make([]int, len(c.pieces))
	total := 0
	for i, p := range c.pieces {
		sizes[i] = len(p)
		total += len(p)
	}
	data := make([]byte, 0, total)
	for _, p := range c.pieces {
		data = append(data, p...)
	}
	cues := c.ranges.update(c.timeline, c.part.end, listedFor*c.timing.target, c.wall.epoch)
	c.shelf.addPart(part{data: data, length: c.part.end - c.part.start, independent: c.part.key}, sizes, cues)
	c.pieces, c.part = nil, span{}
}
