package inject

import "sync"

// keptBodies is how many of them a track keeps: those of the frames that are on
// their way just now, of destinations with a delay too.
const keptBodies = 8

// bodies keeps what was made last, so that the destinations that want the same
// have it made once.
type bodies struct {
	mu     sync.Mutex // guards the rest, and is held while one is made
	recent [keptBodies]body
	next   int // the oldest
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
	if made.fit == fitsLater {
		return made
	}
	made.order = o
	b.recent[b.next] = made
	b.next = (b.next + 1) % keptBodies
	return made
}
