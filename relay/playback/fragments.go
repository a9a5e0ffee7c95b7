package playback

import (
	"time"

	"github.com/hawker-live/hawker/relay/media/fmp4"
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

// closeFragment makes the boxes of the spans so far. A stretch in which nothing
// begins has none.
func (c *cutter) closeFragment() {
	spans := c.spans
	c.spans = nil
	if len(spans) == 0 {
		return
	}
	frames, sounds := samples(spans)
	data := fmp4.Fragment(c.count+1, frames, sounds)
	c.count++
	if data == nil {
		return
	}
	c.pieces = append(c.pieces, data)
	c.shelf.addFragment(fragment{data: data, key: spans[0].key, start: spans[0].start})
	c.made()
}

// samples are what begins in the spans.
func samples(spans []span) (frames []fmp4.Frame, sounds []fmp4.Sound) {
	for _, s := range spans {
		if v := s.video; v != nil {
			frames = append(frames, fmp4.Frame{DTS: v.dts, Length: v.length, Composition: v.composition, Key: v.key, Payload: v.payload})
		}
		for _, a := range s.audio {
			sounds = append(sounds, fmp4.Sound{At: a.at, Samples: a.samples, Payload: a.payload})
		}
	}
	return frames, sounds
}
