package playback

import (
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// frame is a coded picture whose length is known.
type frame struct {
	dts, length time.Duration
	composition time.Duration // from dts to its showing
	key         bool
	payload     []byte
}

// sound is a coded frame of audio.
type sound struct {
	start   time.Duration
	at      int64 // the same, in samples
	samples uint32
	payload []byte
}

// span is a stretch of the stream with what begins in it. Spans follow one
// another without a gap; a discontinuity is between two of them.
type span struct {
	start, end time.Duration
	video      *frame // nil where a picture goes on, or there is none
	audio      []sound
	key        bool // decoding can begin here
	segment    bool // a segment should
}

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
	switch {
	case !c.open:
	case s.segment && s.start-c.segment.start >= segmentLength, s.end-c.segment.start > c.timing.target:
		c.closeSegment()
	case c.part.end > c.part.start && s.end-c.part.start > c.timing.part:
		if c.short() && s.end-s.start <= c.timing.part {
			head, tail := s.split(c.part.start + c.timing.part)
			c.add(head)
			c.closePart()
			s = tail
		}
		c.closePart()
	}
	if !c.open {
		c.openSegment(s.start)
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
func (c *cutter) openSegment(start time.Duration) {
	if c.part.end == start && !c.breaking {
		start = c.part.start
	} else {
		c.part = span{}
	}
	c.shelf.openSegment(start, c.wall.look(c.breaking || c.count == 0), c.breaking)
	c.segment, c.open, c.breaking = span{start: start}, true, false
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

// split makes two spans of one whose picture goes on into the second.
func (s span) split(at time.Duration) (head, tail span) {
	n := 0
	for n < len(s.audio) && s.audio[n].start < at {
		n++
	}
	head, tail = s, span{start: at, end: s.end, audio: s.audio[n:]}
	head.end, head.audio = at, s.audio[:n]
	return head, tail
}

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

// closeFragment makes the boxes of the spans so far. A stretch in which nothing
// begins has none.
func (c *cutter) closeFragment() {
	spans := c.spans
	c.spans = nil
	if len(spans) == 0 {
		return
	}
	c.count++
	boxes := fmp4.Part{SequenceNumber: c.count}
	if t := videoOf(spans); t != nil {
		boxes.Tracks = append(boxes.Tracks, t)
	}
	if t := audioOf(spans); t != nil {
		boxes.Tracks = append(boxes.Tracks, t)
	}
	if len(boxes.Tracks) == 0 {
		return
	}
	var out seekablebuffer.Buffer
	if err := boxes.Marshal(&out); err != nil {
		panic(fmt.Sprintf("playback: a fragment cannot be made: %v", err)) // its writer cannot fail
	}
	c.pieces = append(c.pieces, out.Bytes())
	c.shelf.addFragment(fragment{data: out.Bytes(), key: spans[0].key, start: spans[0].start})
	c.made()
}

func videoOf(spans []span) *fmp4.PartTrack {
	var t *fmp4.PartTrack
	for _, s := range spans {
		v := s.video
		if v == nil {
			continue
		}
		if t == nil {
			t = &fmp4.PartTrack{ID: videoID, BaseTime: uint64(videoTicks(v.dts))}
		}
		t.Samples = append(t.Samples, &fmp4.Sample{
			Duration:        uint32(videoTicks(v.dts+v.length) - videoTicks(v.dts)),
			PTSOffset:       int32(videoTicks(v.dts+v.composition) - videoTicks(v.dts)),
			IsNonSyncSample: !v.key, Payload: v.payload,
		})
	}
	return t
}

func audioOf(spans []span) *fmp4.PartTrack {
	var t *fmp4.PartTrack
	var end int64
	for _, s := range spans {
		for _, a := range s.audio {
			if t == nil {
				t = &fmp4.PartTrack{ID: audioID, BaseTime: uint64(a.at)}
			} else { // so that it begins when it should
				t.Samples[len(t.Samples)-1].Duration += uint32(a.at - end)
			}
			t.Samples = append(t.Samples, &fmp4.Sample{Duration: a.samples, Payload: a.payload})
			end = a.at + int64(a.samples)
		}
	}
	return t
}
