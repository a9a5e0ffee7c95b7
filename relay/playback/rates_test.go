package playback_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// paced gives the pictures of a source other times. Sound keeps its own, and is
// put in its place.
func paced(sound bool, keyEvery int, at func(n int) time.Duration) relaytest.Source {
	pictures := relaytest.Synthetic{VideoBitrate: 50_000, NoAudio: true, FPS: 10, GOP: time.Duration(keyEvery) * time.Second / 10}.Source()
	sounds := relaytest.Synthetic{NoVideo: true, NoMetadata: true, AudioBitrate: 30_000}.Source()
	n := 0
	picture := func() flv.Tag {
		tag, err := pictures.Next()
		if err != nil {
			panic(err)
		}
		if payload, _ := frameOf(tag); tag.Kind == media.Video && payload != nil {
			tag.Time = uint32(at(n).Round(time.Millisecond).Milliseconds())
			n++
		}
		return tag
	}
	next := picture()
	if !sound {
		return &edited{Source: endless{}, edit: func(flv.Tag) []flv.Tag { next = picture(); return []flv.Tag{next} }}
	}
	return &edited{Source: sounds, edit: func(tag flv.Tag) (out []flv.Tag) {
		for next.Time <= tag.Time && !isHeader(tag, media.Audio) {
			out = append(out, next)
			next = picture()
		}
		return append(out, tag)
	}}
}

// endless is a source of nothing.
type endless struct{}

func (endless) Next() (flv.Tag, error) { return flv.Tag{}, nil }

// TestPartsKeepToTheirTarget follows streams of all rates, steady and not, with
// sound and without, by the rules: no part is longer than PART-TARGET.
func TestPartsKeepToTheirTarget(t *testing.T) {
	steady := func(rate float64) func(int) time.Duration {
		return func(n int) time.Duration { return time.Duration(float64(n) / rate * float64(time.Second)) }
	}
	type pace struct {
		at       func(n int) time.Duration
		keyEvery int
	}
	tests := map[string]pace{}
	for _, rate := range []float64{1, 2, 3, 4, 5, 7.5, 10, 12, 12.5, 15, 20, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 90, 120} {
		tests[fmt.Sprintf("%v", rate)] = pace{steady(rate), max(1, int(2*rate))}
	}
	// uneven repeats intervals in milliseconds.
	uneven := func(intervals ...int) func(int) time.Duration {
		sum := 0
		for _, i := range intervals {
			sum += i
		}
		return func(n int) time.Duration {
			at := n / len(intervals) * sum
			for _, i := range intervals[:n%len(intervals)] {
				at += i
			}
			return time.Duration(at) * time.Millisecond
		}
	}
	tests["5, not steadily"] = pace{uneven(190, 210, 180, 230, 190), 10}
	tests["10, not steadily"] = pace{uneven(80, 120, 100, 60, 140), 20}
	tests["30, not steadily"] = pace{uneven(20, 47, 33, 33, 12, 55), 60}
	tests["a shared screen"] = pace{uneven(33, 33, 33, 700, 33, 1100, 33, 33, 400, 150), 20}
	tests["30, with pictures that last"] = pace{uneven(33, 33, 34, 33, 33, 34, 33, 33, 34, 900), 60}
	for name, test := range tests {
		for _, kind := range []struct {
			sound bool
			begin time.Duration // when the session does: from 5.5 s on the rate has been measured
			label string
		}{
			{true, 5500 * time.Millisecond, "with sound"}, {false, 5500 * time.Millisecond, "without"},
			{true, 50 * time.Millisecond, "with sound, from the beginning"}, {false, 50 * time.Millisecond, "without, from the beginning"},
		} {
			t.Run(name+" "+kind.label, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					g := raise(t)
					defer g.stop()
					kept := &recorded{Source: &until{paced(kind.sound, test.keyEvery, test.at), 14 * time.Second}}
					g.encoders.Go(func() {
						_ = run(g.out, kept)
						g.stream.End()
					})
					time.Sleep(kind.begin)
					f := follow(g)
					f.all()
					if f.breaks != 0 {
						t.Errorf("%d discontinuities", f.breaks)
					}
					length := 0.0
					for _, s := range f.whole {
						length += s.length
					}
					for _, s := range f.last.segments[len(f.last.segments)-2:] {
						if len(s.parts) == 0 && kind.begin > time.Second {
							t.Errorf("%s has no parts, though it could be known how long pictures last", s.uri)
						}
					}
					if length < 7 {
						t.Errorf("%v s of 14 are in segments", length)
					}
				})
			})
		}
	}
}
