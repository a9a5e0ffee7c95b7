package fmp4_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/fmp4"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestAudioClockKeepsToTheTimestamps has half an hour of sound whose frames are
// not as long as its timestamps say, or that come with times that are wrong for a
// moment. The track must not drift from the times, go back or have holes.
func TestAudioClockKeepsToTheTimestamps(t *testing.T) {
	t.Parallel()
	const length = 30 * time.Minute
	const frame = 1024 * time.Second / 48000
	spike := func(every, long int, by time.Duration) func(int) time.Duration {
		return func(n int) time.Duration {
			if n%every >= every-long {
				return by
			}
			return 0
		}
	}
	tests := map[string]struct {
		more    float64 // samples than the times say
		odd     func(n int) time.Duration
		settled time.Duration // how far off it may be where times are right
		dropped int           // at most, of 1,000
	}{
		"as it says":             {0, nil, time.Millisecond, 0},
		"0.1 % more":             {0.001, nil, 2 * time.Millisecond, 0},
		"0.1 % fewer":            {-0.001, nil, 2 * time.Millisecond, 0},
		"3 % more":               {0.03, nil, 40 * time.Millisecond, 0},
		"9 % more, 44.1 for 48":  {0.0884, nil, 40 * time.Millisecond, 90},
		"9 % fewer, 48 for 44.1": {-0.0812, nil, 41 * time.Millisecond, 0},
		"late for a moment":      {0, spike(500, 3, 70*time.Millisecond), 40 * time.Millisecond, 8},
		"early for a moment":     {0, spike(500, 3, -70*time.Millisecond), 40 * time.Millisecond, 0},
		"late for a second":      {0, spike(500, 47, 70*time.Millisecond), 40 * time.Millisecond, 8},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			track, err := fmp4.AudioTrack(audioHeader(t))
			if err != nil {
				t.Fatal(err)
			}
			clock := fmp4.NewAudioClock(track)
			step := time.Duration(float64(frame) / (1 + test.more))
			before, dropped, frames := int64(-1), 0, int(length/step)
			for n := range frames {
				due := time.Duration(n) * step
				at := due
				if test.odd != nil {
					at += test.odd(n)
				}
				begins, ok := clock.At(at.Round(time.Millisecond), 1024)
				if !ok {
					dropped++
					continue
				}
				if before >= 0 && (begins <= before || begins-before > 3*1024 && test.odd == nil) {
					t.Fatalf("frame %d begins at sample %d, the one before at %d", n, begins, before)
				}
				before = begins
				if off := clock.Time(begins) - due; n > 100 && n%500 > 60 && n%500 < 450 && off.Abs() > test.settled {
					t.Fatalf("frame %d is %v off", n, off)
				}
			}
			if dropped*1000 > test.dropped*frames {
				t.Errorf("%d frames of %d were dropped, at most %d of 1,000 may be", dropped, frames, test.dropped)
			}
		})
	}
}

func audioHeader(t *testing.T) []byte {
	t.Helper()
	for s := (relaytest.Synthetic{}).Source(); ; {
		tag, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if tag.Kind == media.Audio {
			return tag.Body
		}
	}
}
