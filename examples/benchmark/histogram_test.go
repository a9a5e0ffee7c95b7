package main

import (
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for _, us := range []uint64{0, 1, 63, 64, 65, 127, 128, 1000, 4095, 4096, 100_000, 10_000_000} {
		low := lowest(bucket(us))
		if low > us || us-low > us/32 {
			t.Errorf("%d us is counted as %d", us, low)
		}
		if next := lowest(bucket(us) + 1); next <= us {
			t.Errorf("%d us belongs to the bucket from %d", us, next)
		}
	}
}

func TestQuantile(t *testing.T) {
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("nothing has a median of %v", got)
	}
	for ms := 1; ms <= 100; ms++ {
		h.add(time.Duration(ms) * time.Millisecond)
	}
	h.add(-time.Second)   // clocks differ
	h.add(24 * time.Hour) // beyond the last bucket
	for q, want := range map[float64]time.Duration{0.5: 50 * time.Millisecond, 0.99: 99 * time.Millisecond} {
		if got := h.quantile(q); got > want+2*time.Millisecond || got < want-want/20 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
}
