package inject

import (
	"sync"
	"time"
)

const (
	// keptBodies is how many of them a track keeps: those of the frames that are on
	// their way just now, of destinations with a delay too.
	keptBodies = 8
	// keptFor is for how long: no frame is held because it was the last one.
	keptFor = 10 * time.Second
)

// bodies keeps what was made last, so that the destinations that want the same
// have it made once.
type bodies struct {
	mu     sync.Mutex // guards the rest, and is held while one is made
	recent [keptBodies]body
	next   int  // the oldest
	timed  bool // forget is about to be called
}

// order is what is to be made. The frame is told by where its bytes are, which
// stay there while somebody holds them.
type order struct {
	plan
	frame *byte // nil for AMF0
	size  int
	nal   nalForm
}

// body is what was made.
type body struct {
	order
	fit      fit
	frame    []byte   // with SEI in it
	messages [][]byte // AMF0
	told     int      // cues that are in it
	lost     int      // and that could not be put in
	made     time.Time
}

// of returns what was made for an order, and makes it if it is not there.
func (b *bodies) of(o order, produce func() body) body {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.recent {
		if b.recent[i].order == o {
			return b.recent[i]
		}
	}
	made := produce()
	made.order, made.made = o, time.Now()
	b.recent[b.next] = made
	b.next = (b.next + 1) % keptBodies
	b.remind()
	return made
}

// remind has what is old forgotten in a while. The caller holds mu.
func (b *bodies) remind() {
	if !b.timed {
		b.timed = true
		time.AfterFunc(keptFor, b.forget)
	}
}

// forget lets go of what is old.
func (b *bodies) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timed = false
	for i := range b.recent {
		switch age := time.Since(b.recent[i].made); {
		case b.recent[i].made.IsZero():
		case age >= keptFor:
			b.recent[i] = body{}
		default:
			b.remind()
		}
	}
}
