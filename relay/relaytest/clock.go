package relaytest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// CheckClock tells whether timestamps run as they should: in each track a
// frame's is greater than the one before it (modulo 2^32), that of a header or an
// end of sequence not less.
func CheckClock(got []Received) error {
	last := map[media.Kind]int{}
	for i, r := range got {
		if r.Kind == media.Data {
			continue
		}
		before, ok := last[r.Kind]
		last[r.Kind] = i
		if !ok {
			continue
		}
		b := got[before].Payload
		step := int32(r.Time - b.Time)
		if step < 0 || step == 0 && r.frame() && b.frame() {
			return fmt.Errorf("got[%d] is %v: time stands or goes back, got[%d] is %v", i, r.Payload, before, b)
		}
	}
	return nil
}

// CheckOpening tells whether a connection began as it should: with
// @setDataFrame, the video header, the audio header and a keyframe, in that
// order, what the source has none of left out, at most 100 ms after 0.
func CheckOpening(got []Received) error {
	place := 0
	for i, r := range got {
		if r.Time > 100 {
			return fmt.Errorf("got[%d] is %v: the clock does not begin near 0", i, r.Payload)
		}
		next := opening(r.Payload)
		if next <= place {
			return fmt.Errorf("got[%d] is %v: out of order in an opening of metadata, video header, audio header, keyframe", i, r.Payload)
		}
		if place = next; place == 4 {
			return nil
		}
	}
	return errors.New("no keyframe was received")
}

// opening is the place of a message in an opening, from 1; 0 is none.
func opening(p Payload) int {
	switch {
	case p.Name == "@setDataFrame" && p.Header:
		return 1
	case p.Kind == media.Video && p.Header:
		return 2
	case p.Kind == media.Audio && p.Header:
		return 3
	case p.Keyframe:
		return 4
	}
	return 0
}

// Latency is how long messages took from the encoder's write to the platform's
// read, in a process that has both.
type Latency struct {
	N             int
	P50, P99, Max time.Duration
}

func (l Latency) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, max %v of %d", l.P50, l.P99, l.Max, l.N)
}

// Latencies measures the messages that Compare would compare, except the first
// group of pictures: a late joiner gets that from store.
func Latencies(sent []Sent, got []Received) (Latency, error) {
	m := match(sent, got)
	if m.err != nil {
		return Latency{}, m.err
	}
	var took []time.Duration
	keyframes := 0
	for _, p := range m.pairs {
		if got[p.got].Keyframe {
			keyframes++
		}
		if keyframes > 1 || !got[m.pairs[0].got].Keyframe {
			took = append(took, got[p.got].Arrived.Sub(sent[p.sent].At))
		}
	}
	if len(took) == 0 {
		return Latency{}, errors.New("nothing to measure: fewer than two keyframes were received")
	}
	slices.Sort(took)
	n := len(took)
	return Latency{N: n, P50: took[n/2], P99: took[n*99/100], Max: took[n-1]}, nil
}
