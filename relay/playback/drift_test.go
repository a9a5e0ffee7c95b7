package playback_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// TestSoundStaysWithThePicture has sound whose frames are longer or shorter than
// its times say, or whose times are wrong for a moment. A viewer has it when it
// is due, and its track without a hole.
func TestSoundStaysWithThePicture(t *testing.T) {
	const frame = 1024 * time.Second / 48000
	tests := map[string]struct {
		shift func(due time.Duration) time.Duration
		hole  time.Duration
		off   time.Duration
		every time.Duration // after so long times are wrong for 100 ms, and a second until that is no more to be seen
	}{
		"0.1 % more":  {func(due time.Duration) time.Duration { return -due / 1000 }, time.Millisecond, 3 * time.Millisecond, 0},
		"0.1 % fewer": {func(due time.Duration) time.Duration { return due / 1000 }, time.Millisecond, 3 * time.Millisecond, 0},
		"wrong for moments": {func(due time.Duration) time.Duration {
			return max(0, due%(5*time.Second)-4900*time.Millisecond) * 9 / 10
		}, 4 * frame, 40 * time.Millisecond, 5 * time.Second},
		"set back": {func(due time.Duration) time.Duration { return due / (8 * time.Second) * -200 * time.Millisecond }, 2 * frame, 40 * time.Millisecond, 8 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent, due := map[string]time.Duration{}, map[string]time.Duration{}
			source := &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
				if payload, _ := frameOf(tag); tag.Kind == media.Audio && payload != nil {
					at := time.Duration(tag.Time) * time.Millisecond
					sent[string(payload)] = at
					at += test.shift(at)
					tag.Time = uint32(at.Milliseconds())
					due[string(payload)] = at
				}
				return []flv.Tag{tag}
			}}
			record(t, source, 30*time.Second, func(t *testing.T, _ []flv.Tag, got []byte, f *follower) {
				samples, _ := unwrap(t, got)
				audio := checkContinuous(t, samples, media.Audio, test.hole)
				settled := 0
				for _, s := range audio {
					at := due[string(s.payload)]
					if test.every > 0 && (sent[string(s.payload)]+100*time.Millisecond)%test.every < 1100*time.Millisecond {
						continue
					}
					settled++
					if off := s.dts - at; off.Abs() > test.off {
						t.Fatalf("%v is %v off its time", s, off)
					}
				}
				if settled < 800 || f.breaks != 0 {
					t.Errorf("%d frames of sound, %d discontinuities", settled, f.breaks)
				}
			})
		})
	}
}
