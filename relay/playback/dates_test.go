package playback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestDatesStayTrueAcrossDrops has an encoder whose line gets worse and worse
// until it is lost: what comes last comes late, and the timeline does not have
// that time. The dates of HLS are when things were sent all the same: at once
// where there is a discontinuity, soon where a slate goes on in between. How fast
// they change then is looked at by playlist.checkDates.
func TestDatesStayTrueAcrossDrops(t *testing.T) {
	const away = 4 * time.Second
	tests := map[string]struct {
		late   time.Duration
		slate  bool
		rounds []time.Duration // for how long the encoder is there
		soon   time.Duration   // after its return
	}{
		"with nothing between": {1500 * time.Millisecond, false, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}, 0},
		"with a slate":         {700 * time.Millisecond, true, []time.Duration{7 * time.Second, 70 * time.Second}, time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := raise(t)
				defer g.stop()
				sent := map[string]time.Time{} // pictures
				g.encoders.Go(func() {
					for n, length := range test.rounds {
						if n > 0 && test.slate {
							b := g.stream.Current()
							filler := g.stream.Filler()
							filler.TakeOver(b)
							_ = run(filler, &slate{picture: b.Keyframe(), sound: true, length: away})
							g.takeOver()
						} else if n > 0 {
							time.Sleep(away)
							g.takeOver()
						}
						source := relaytest.Synthetic{VideoBitrate: 100_000, GOP: 2 * time.Second, Seed: uint64(n)}
						late := &failing{source.Source(), time.Now(), length, test.late, sent, test.soon * time.Duration(min(n, 1))}
						_ = run(g.out, &until{late, length})
					}
					g.stream.End()
				})
				time.Sleep(2500 * time.Millisecond)
				f := follow(g)
				f.all()
				if want := len(test.rounds) - 1; f.breaks != want && !test.slate || f.breaks != 0 && test.slate {
					t.Errorf("%d discontinuities", f.breaks)
				}
				seen := 0
				for _, s := range f.whole {
					data := f.g.fetch(f.folder + s.initial)
					for _, part := range s.parts {
						data += f.files[part.uri]
					}
					samples, _ := unwrap(t, []byte(data))
					for _, sample := range samples {
						due, known := sent[string(sample.payload)]
						if !known || sample.key { // keyframes are the slate's, too
							continue
						}
						seen++
						if off := s.date.Add(sample.dts - samples[0].dts).Sub(due); off.Abs() > 100*time.Millisecond {
							t.Fatalf("%v in %s is said to be %v off when it was sent", sample, s.uri, off)
						}
					}
				}
				if seen < len(sent)*2/3 {
					t.Errorf("%d of %d pictures were seen", seen, len(sent))
				}
			})
		})
	}
}

// failing is a source that comes later and later in its last two seconds. It notes
// when its pictures were due.
type failing struct {
	relaytest.Source
	began        time.Time
	length, late time.Duration
	sent         map[string]time.Time
	from         time.Duration // pictures before are not noted
}

func (f *failing) Next() (flv.Tag, error) {
	tag, err := f.Source.Next()
	at := time.Duration(tag.Time) * time.Millisecond
	due := f.began.Add(at)
	if payload, _ := frameOf(tag); err == nil && tag.Kind == media.Video && payload != nil && at >= f.from {
		f.sent[string(payload)] = due
	}
	if worse := at - f.length + 2*time.Second; worse > 0 && err == nil {
		time.Sleep(time.Until(due.Add(f.late * worse / (2 * time.Second))))
	}
	return tag, err
}
