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
