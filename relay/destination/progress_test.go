package destination

import (
	"errors"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	type look struct {
		at             time.Duration
		written, acked uint64
		pending        bool
		want           State
		cut            bool
	}
	cases := map[string][]look{
		"nothing sent yet": {
			{time.Second, 100, 100, false, Connecting, false},
			{time.Hour, 100, 100, false, Connecting, false},
		},
		"the greeting alone is not live": {
			{time.Second, 900, 100, false, Connecting, false},
		},
		"the first media": {
			{time.Second, 900, 101, false, Live, false},
		},
		"acknowledged bytes stand still": {
			{1 * time.Second, 900, 200, false, Live, false},
			{5 * time.Second, 900, 200, false, Live, false},
			{6 * time.Second, 900, 200, false, Stalled, false},
			{10 * time.Second, 900, 200, false, Stalled, false},
			{11 * time.Second, 900, 200, false, Stalled, true},
		},
		"a trickle is progress": {
			{1 * time.Second, 900, 200, true, Live, false},
			{5 * time.Second, 900, 201, true, Live, false},
			{9 * time.Second, 900, 202, true, Live, false},
		},
		"a blocked write with nothing outstanding": {
			{1 * time.Second, 900, 900, false, Live, false},
			{2 * time.Second, 900, 900, true, Live, false},
			{6 * time.Second, 900, 900, true, Stalled, false},
			{11 * time.Second, 900, 900, true, Stalled, true},
		},
		"a hold, and then a stall": {
			{1 * time.Second, 900, 900, false, Live, false},
			{60 * time.Second, 900, 900, false, Live, false},
			{61 * time.Second, 950, 900, false, Live, false},
			{65 * time.Second, 950, 900, false, Stalled, false},
		},
		"a counter that goes back is no progress": {
			{1 * time.Second, 900, 800, true, Live, false},
			{4 * time.Second, 900, 300, true, Live, false},
			{5 * time.Second, 900, 700, true, Live, false},
			{6 * time.Second, 900, 800, true, Stalled, false},
		},
	}
	for name, looks := range cases {
		t.Run(name, func(t *testing.T) {
			start := time.Unix(0, 0)
			p := newProgress(start, 100, 0)
			for _, l := range looks {
				got, err := p.look(start.Add(l.at), l.written, l.acked, l.pending)
				if got != l.want || errors.Is(err, errStalled) != l.cut {
					t.Errorf("after %v: %v, %v; want %v, cut %v", l.at, got, err, l.want, l.cut)
				}
			}
		})
	}
}

func TestBitrateIsOfTheLastFiveSeconds(t *testing.T) {
	var w window
	for i := range 100 {
		w.add(uint64(min(i, 80)) * 500) // 1000 bytes a second until the 80th
		want := 8000.
		switch {
		case i == 0 || i >= 90:
			want = 0
		case i > 80:
			want = 8000 * float64(90-i) / 10
		}
		if got := w.bitrate(); got != want {
			t.Fatalf("bitrate after %d looks is %v, want %v", i+1, got, want)
		}
	}
}
