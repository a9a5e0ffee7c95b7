package inject_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// Whatever the batches, the same packets come in the same order, a batch that is
// not full is the last one, and the error comes with the last packet.
func TestBatches(t *testing.T) {
	var track inject.Track
	a := cue("a", 60*ms)
	for i := range 5 {
		add(t, &track, cue(fmt.Sprint(i), 100*ms), a, a, a)
	}
	end := errors.New("the end")
	sent := show(0, 300*ms)
	want := read(t, opened(&track, both, sent), 1000)
	for size := 1; size < 40; size++ {
		source := &tape{packets: slices.Clone(sent), end: end}
		c := inject.Injector{Track: &track, Formats: both}.Open(source)
		var got []media.Packet
		batch := make([]media.Packet, size)
		for {
			n, err := c.Poll(batch)
			got = append(got, batch[:n]...)
			if err != nil {
				if err != end {
					t.Fatalf("batches of %d: %v", size, err)
				}
				break
			}
			if n < size {
				t.Fatalf("batches of %d: %d with no error, after %d of %d", size, n, len(got), len(want))
			}
		}
		if !slices.EqualFunc(got, want, func(a, b media.Packet) bool {
			return a.Kind == b.Kind && a.Time == b.Time && bytes.Equal(a.Body, b.Body)
		}) {
			t.Errorf("batches of %d: %d packets, want %d, or others", size, len(got), len(want))
		}
		if n, err := c.Poll(batch); n != 0 || err != end {
			t.Errorf("batches of %d: after the end %d, %v", size, n, err)
		}
	}
}

// Next hands over what did not fit before it waits again.
func TestNextDrainsFirst(t *testing.T) {
	var track inject.Track
	for i := range 5 {
		add(t, &track, cue(fmt.Sprint(i), 10*ms))
	}
	sent := show(0, 200*ms)
	want := read(t, opened(&track, both, sent), 1000)
	source := &tape{packets: slices.Clone(sent)}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	var got []media.Packet
	batch := make([]media.Packet, 3)
	for len(got) < len(want) {
		n, err := c.Next(t.Context(), batch)
		if err != nil || n == 0 {
			t.Fatalf("after %d of %d: %d, %v", len(got), len(want), n, err)
		}
		got = append(got, batch[:n]...)
	}
	if n, err := c.Next(t.Context(), batch); err == nil || n != 0 {
		t.Errorf("after all: %d, %v", n, err)
	}
	if c.Lag() != 70*ms || c.Dropped() != 3 || c.Close() != nil || !source.closed {
		t.Error("lag, drops or the closing do not pass through")
	}
}
