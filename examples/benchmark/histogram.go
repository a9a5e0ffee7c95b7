package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram's buckets are 1 us wide up to 64 us, and from there on 1/32 of
// their value: a percentile is right within 3 %.
const (
	fineBits = 5
	linear   = 2 << fineBits
)

// histogram counts latencies. Many sinks add to one.
type histogram struct {
	counts [linear + 32<<fineBits]atomic.Uint32
}

func bucket(us uint64) int {
	if us < linear {
		return int(us)
	}
	shift := bits.Len64(us) - fineBits - 1
	return linear + (shift-1)<<fineBits + int(us>>shift) - 1<<fineBits
}

// lowest is the least value of a bucket.
func lowest(i int) uint64 {
	if i < linear {
		return uint64(i)
	}
	shift := (i-linear)>>fineBits + 1
	return uint64(1<<fineBits+(i-linear)&(1<<fineBits-1)) << shift
}

func (h *histogram) add(d time.Duration) {
	h.counts[min(bucket(uint64(max(0, d/time.Microsecond))), len(h.counts)-1)].Add(1)
}

func (h *histogram) total() (n uint64) {
	for i := range h.counts {
		n += uint64(h.counts[i].Load())
	}
	return n
}

// quantile returns the value that a share q of all is not above.
func (h *histogram) quantile(q float64) time.Duration {
	left := int64(float64(h.total()) * q)
	for i := range h.counts {
		if left -= int64(h.counts[i].Load()); left < 0 {
			return time.Duration(lowest(i)) * time.Microsecond
		}
	}
	return 0
}
