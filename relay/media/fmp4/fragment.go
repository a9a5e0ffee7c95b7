package fmp4

import (
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// videoScale is in ticks per second; a tick is less than the nanoseconds of
// packet times would allow, and all that decoders need.
const videoScale = 90000

func videoTicks(t time.Duration) int64 { return int64(t) * 9 / 100_000 }

// Frame is a coded picture whose length is known.
type Frame struct {
	DTS, Length time.Duration
	Composition time.Duration // from DTS to its showing
	Key         bool
	Payload     []byte
}

// Sound is a coded frame of audio.
type Sound struct {
	At      int64 // in samples
	Samples uint32
	Payload []byte
}

// Fragment makes a moof and its mdat of frames and sounds that follow one
// another. It is nil if there are none.
func Fragment(sequence uint32, frames []Frame, sounds []Sound) []byte {
	boxes := fmp4.Part{SequenceNumber: sequence}
	if len(frames) > 0 {
		boxes.Tracks = append(boxes.Tracks, videoPart(frames))
	}
	if len(sounds) > 0 {
		boxes.Tracks = append(boxes.Tracks, audioPart(sounds))
	}
	if len(boxes.Tracks) == 0 {
		return nil
	}
	var out seekablebuffer.Buffer
	if err := boxes.Marshal(&out); err != nil {
		panic(fmt.Sprintf("fmp4: a fragment cannot be made: %v", err)) // its writer cannot fail
	}
	return out.Bytes()
}

func videoPart(frames []Frame) *fmp4.PartTrack {
	t := &fmp4.PartTrack{ID: videoID, BaseTime: uint64(videoTicks(frames[0].DTS))}
	for _, f := range frames {
		t.Samples = append(t.Samples, &fmp4.Sample{
			Duration:        uint32(videoTicks(f.DTS+f.Length) - videoTicks(f.DTS)),
			PTSOffset:       int32(videoTicks(f.DTS+f.Composition) - videoTicks(f.DTS)),
			IsNonSyncSample: !f.Key, Payload: f.Payload,
		})
	}
	return t
}

func audioPart(sounds []Sound) *fmp4.PartTrack {
	t := &fmp4.PartTrack{ID: audioID, BaseTime: uint64(sounds[0].At)}
	end := sounds[0].At
	for i, s := range sounds {
		if i > 0 { // so that it begins when it should
			t.Samples[i-1].Duration += uint32(s.At - end)
		}
		t.Samples = append(t.Samples, &fmp4.Sample{Duration: s.Samples, Payload: s.Payload})
		end = s.At + int64(s.Samples)
	}
	return t
}
