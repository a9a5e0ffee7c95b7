package destination

import (
	"fmt"
	"time"
)

// The times of watching a connection.
const (
	lookEvery = 500 * time.Millisecond
	// stallAfter is how long nothing may be acknowledged before a connection
	// with something to send no longer counts as live; cutAfter, before it is
	// closed.
	stallAfter = 5 * time.Second
	cutAfter   = 10 * time.Second
	// stalledLooks is when the bitrate has come to 0: a connection that is to
	// send and does not must not be called live with that.
	stalledLooks = int(stallAfter / lookEvery)
)

var (
	errSlow    = fmt.Errorf("no data was taken for %v", stallAfter)
	errStalled = fmt.Errorf("no data was taken for %v", cutAfter)
)

// progress judges a connection by the bytes that the platform's TCP has
// acknowledged. Bytes written prove nothing: kernels on the way swallow
// seconds of video before a write blocks.
type progress struct {
	greeting uint64    // written before the first media
	acked    uint64    // the most that was seen
	moved    time.Time // when acked last grew, or nothing was to be sent
	still    int       // looks since then
	live     time.Time // when the first media was acknowledged
	recent   window
}

func newProgress(now time.Time, written, acked uint64) *progress {
	p := &progress{greeting: written, acked: acked, moved: now}
	p.recent.add(acked)
	return p
}

// look takes the counters at now; pending says that a write is waiting. The
// error is errStalled when it is time to cut.
func (p *progress) look(now time.Time, written, acked uint64, pending bool) (State, error) {
	p.still++
	if acked > p.acked {
		p.acked, p.moved, p.still = acked, now, 0
	}
	if p.acked >= written && !pending {
		p.moved, p.still = now, 0
	}
	if p.live.IsZero() && p.acked > p.greeting {
		p.live = now
	}
	p.recent.add(p.acked)
	switch still := now.Sub(p.moved); {
	case still >= cutAfter:
		return Stalled, errStalled
	case still >= stallAfter, p.still >= stalledLooks: // looks may come early
		return Stalled, nil
	case p.live.IsZero():
		return Connecting, nil
	}
	return Live, nil
}

// health is how long the connection was live before it last moved.
func (p *progress) health() time.Duration {
	if p.live.IsZero() {
		return 0
	}
	return p.moved.Sub(p.live)
}

// window holds a counter's last stallAfter, one value for each lookEvery.
type window struct {
	values [stallAfter/lookEvery + 1]uint64
	n      int
}

func (w *window) add(v uint64) {
	w.values[w.n%len(w.values)] = v
	w.n++
}

// bitrate is the counter's growth in bits per second.
func (w *window) bitrate() float64 {
	if w.n < 2 {
		return 0
	}
	span := min(w.n, len(w.values)) - 1
	newest := w.values[(w.n-1)%len(w.values)]
	oldest := w.values[(w.n-1-span)%len(w.values)]
	return float64(newest-oldest) * 8 / (time.Duration(span) * lookEvery).Seconds()
}
