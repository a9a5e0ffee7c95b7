package stream

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// step publishes with a clock that began at base, every step for so long, and
// calls each with the time given out and the time that it should be.
func step(tl *timeline, base uint32, every, length time.Duration, each func(got, want time.Duration)) {
	now := time.Unix(1_000_000, 0)
	for t := time.Duration(0); t <= length; t += every {
		each(tl.at(media.Video, base+uint32(t/time.Millisecond), now.Add(t)), t)
	}
}

func TestTimelineUnwrapsTheClock(t *testing.T) {
	tests := map[string]struct {
		base   uint32
		every  time.Duration
		length time.Duration
	}{
		"from zero":            {0, 33 * time.Millisecond, time.Minute},
		"over 2^24 ms":         {1<<24 - 5000, 33 * time.Millisecond, 20 * time.Second},
		"over 2^31 ms":         {1<<31 - 5000, 33 * time.Millisecond, 20 * time.Second},
		"over 2^32 ms":         {1<<32 - 5000, 33 * time.Millisecond, 20 * time.Second},
		"26 hours":             {0, 100 * time.Millisecond, 26 * time.Hour},
		"60 days, twice round": {1 << 31, 9 * time.Second, 60 * 24 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			step(&timeline{}, tt.base, tt.every, tt.length, func(got, want time.Duration) {
				if got != want {
					t.Fatalf("after %v the time is %v", want, got)
				}
			})
		})
	}
}

func TestTimelineKeepsTracksApart(t *testing.T) {
	tl := &timeline{}
	now := time.Unix(1_000_000, 0)
	// Audio 200 ms behind video, as some encoders interleave it.
	want := []struct {
		ts uint32
		at time.Duration
	}{{1000, 0}, {1200, 200}, {1010, 10}, {1233, 233}, {1031, 31}, {1266, 266}}
	for _, w := range want {
		if got := tl.at(media.Video, w.ts, now); got != w.at*time.Millisecond {
			t.Errorf("clock %d is at %v, want %v", w.ts, got, w.at*time.Millisecond)
		}
	}
}

func TestTimelineGoesOnWithANewPublisher(t *testing.T) {
	tests := map[string]struct {
		gap  time.Duration
		base uint32
	}{
		"back at zero after 5 s":      {5 * time.Second, 0},
		"back at zero after 30 s":     {30 * time.Second, 0},
		"at once":                     {0, 0},
		"with a clock that is ahead":  {5 * time.Second, 1 << 30},
		"with a clock just as it was": {5 * time.Second, 10_000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tl := &timeline{}
			now := time.Unix(1_000_000, 0)
			step(tl, 0, 10*time.Millisecond, 10*time.Second, func(_, _ time.Duration) {})
			tl.restart()
			back := now.Add(10*time.Second + tt.gap)
			video, audio := tl.at(media.Video, tt.base, back), tl.at(media.Video, tt.base+7, back)
			if want := 10*time.Second + max(tt.gap, time.Millisecond); video != want {
				t.Errorf("goes on at %v, want %v: the last time and what has passed on the wall", video, want)
			}
			if audio-video != 7*time.Millisecond {
				t.Errorf("audio is %v from video, want 7ms as the encoder has it", audio-video)
			}
		})
	}
}

func TestTimelineTakesAJumpForAClockSetAnew(t *testing.T) {
	for name, jump := range map[string]int64{"an hour back": -3_600_000, "an hour ahead": 3_600_000} {
		t.Run(name, func(t *testing.T) {
			tl := &timeline{}
			now := time.Unix(1_000_000, 0)
			clock := int64(7_200_000)
			before := tl.at(media.Video, uint32(clock), now)
			after := tl.at(media.Video, uint32(clock+jump), now.Add(40*time.Millisecond))
			if after-before != 40*time.Millisecond {
				t.Errorf("the time goes from %v to %v, want 40ms on", before, after)
			}
		})
	}
}

// Encoders stamp metadata with 0 at any time.
func TestTimelineMetadataNeverSetsTheClock(t *testing.T) {
	tl := &timeline{}
	now := time.Unix(1_000_000, 0)
	for i := range uint32(100) {
		want := time.Duration(i) * 40 * time.Millisecond
		uneven := now.Add(want + time.Duration(i%7)*time.Millisecond)
		if got := tl.at(media.Video, 1<<24+40*i, uneven); got != want {
			t.Fatalf("frame %d is at %v, want %v", i, got, want)
		}
		if got := tl.at(media.Data, 0, uneven); got != want {
			t.Fatalf("metadata stamped 0 is at %v, want %v", got, want)
		}
	}
}

// The first packets on a new clock may be a little out of order, and data may
// have been ahead on the old one: time does not go back for either.
func TestTimelineNeverGoesBackAcrossClocks(t *testing.T) {
	tl := &timeline{}
	now := time.Unix(1_000_000, 0)
	tl.at(media.Video, 1000, now)
	ahead := tl.at(media.Data, 1050, now)
	tl.restart()
	video := tl.at(media.Video, 500, now.Add(30*time.Millisecond))
	audio := tl.at(media.Audio, 300, now.Add(30*time.Millisecond))
	if video <= ahead || audio <= ahead {
		t.Errorf("data was at %v, then video at %v and audio at %v", ahead, video, audio)
	}
}
