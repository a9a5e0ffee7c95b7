package chat

import (
	"errors"
	"sync"
)

// How far a reader may fall behind before it is cut.
const (
	maxFrames     = 512
	maxFrameBytes = 512 << 10
)

// Why a reader gets nothing more.
var (
	// ErrSlow is for one that does not keep up.
	ErrSlow = errors.New("the reader does not keep up")
	// ErrClosed is for a chat that has ended.
	ErrClosed = errors.New("the chat has ended")
	// ErrFull is for one too many.
	ErrFull = errors.New("too many read this chat")
)

// feed is what all readers of a room are told: frames in order, which all of them
// share. A reader has a place in it, so that one who is stuck costs nothing.
type feed struct {
	mu      sync.Mutex // guards the rest, and the places of readers
	frames  [][]byte
	first   uint64 // number of frames[0]
	bytes   int
	readers []*Reader
	news    bool // that readers have not been woken for
	closed  bool
}

// Reader is one who follows a room.
type Reader struct {
	// Opening is the first thing to be sent. It must not be changed.
	Opening []byte

	feed  *feed
	bell  chan struct{}
	next  uint64 // frame
	index int    // in feed.readers; -1 when it has left
	left  func(cut bool)
}

// Ready is sent to when there may be something to Take.
func (r *Reader) Ready() <-chan struct{} { return r.bell }

// Take appends what has come since the last time. Frames must not be changed.
func (r *Reader) Take(into [][]byte) ([][]byte, error) {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return into, ErrClosed
	case r.next < f.first:
		return into, ErrSlow
	}
	into = append(into, f.frames[r.next-f.first:]...)
	r.next = f.first + uint64(len(f.frames))
	return into, nil
}

// Leave ends it.
func (r *Reader) Leave() { r.end(false) }

// Cut ends it because it does not take what it is sent.
func (r *Reader) Cut() { r.end(true) }

func (r *Reader) end(cut bool) {
	if r.feed.remove(r) {
		r.left(cut)
	}
}

// join gives a reader its place: at the end.
func (f *feed) join(r *Reader) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	r.next, r.index = f.first+uint64(len(f.frames)), len(f.readers)
	f.readers = append(f.readers, r)
	return nil
}

func (f *feed) remove(r *Reader) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.index < 0 {
		return false
	}
	last := f.readers[len(f.readers)-1]
	f.readers[r.index], last.index = last, r.index
	f.readers[len(f.readers)-1] = nil
	f.readers = f.readers[:len(f.readers)-1]
	r.index = -1
	return true
}

// publish adds a frame. Nobody is woken yet.
func (f *feed) publish(data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frames = append(f.frames, data)
	f.bytes += len(data)
	f.news = true
	old := 0
	for len(f.frames)-old > maxFrames || f.bytes > maxFrameBytes && len(f.frames)-old > 1 {
		f.bytes -= len(f.frames[old])
		f.frames[old] = nil
		old++
	}
	f.frames, f.first = f.frames[old:], f.first+uint64(old)
}

// summoned appends the readers if there is news for them.
func (f *feed) summoned(into []*Reader) []*Reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.news {
		return into
	}
	f.news = false
	return append(into, f.readers...)
}

func (f *feed) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.readers)
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, r := range f.readers {
		r.ring()
	}
}

func (r *Reader) ring() {
	select {
	case r.bell <- struct{}{}:
	default:
	}
}
