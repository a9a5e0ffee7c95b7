package inject_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// loop gives the same packets each time.
type loop struct {
	tape
	all []media.Packet
}

func (l *loop) Poll(batch []media.Packet) (int, error) { return copy(batch, l.all), nil }

// BenchmarkCalm is a batch of eight packets on a connection where nothing is due.
func BenchmarkCalm(b *testing.B) {
	var track inject.Track
	a := cue("a", 20*ms)
	add(b, &track, a, a)
	frame := show(0, 100*ms)
	source := &loop{all: frame[:7]}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	batch := make([]media.Packet, 64)
	if _, err := c.Poll(batch); err != nil {
		b.Fatal(err)
	}
	source.all = nil
	for range 8 {
		source.all = append(source.all, picture(80*ms, false))
	}
	b.ReportAllocs()
	for b.Loop() {
		if n, _ := c.Poll(batch); n != 8 {
			b.Fatal(n)
		}
	}
}

// BenchmarkChange is a change on its way to so many connections, in frames of 25
// kB, all of which want both formats.
func BenchmarkChange(b *testing.B) {
	for _, connections := range []int{1, 50} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			var track inject.Track
			header, key := avcHeader(4), picture(0, true)
			slice := make([]byte, 25<<10)
			slice[0] = 0x41
			next := media.Packet{Kind: media.Video, Body: append([]byte{0x27, 1, 0, 0, 0}, units(4, slice)...)}
			all := make([]inject.Source, connections)
			source := &loop{all: []media.Packet{header, key}}
			batch := make([]media.Packet, 64)
			poll := func() {
				for _, c := range all {
					if _, err := c.Poll(batch); err != nil {
						b.Fatal(err)
					}
				}
			}
			for i := range all {
				all[i] = inject.Injector{Track: &track, Formats: both}.Open(source)
			}
			poll()
			json := make([]byte, 600)
			for i := range json {
				json[i] = 'x'
			}
			b.ReportAllocs()
			for b.Loop() {
				add(b, &track, inject.Cue{Name: "offer.update", ID: "1", At: next.Time, JSON: json})
				next.Time += 40 * time.Millisecond
				source.all = append(source.all[:0], next)
				poll()
			}
		})
	}
}
