package inject

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// RepeatEvery is how often what runs is repeated, on the stream's timeline.
	RepeatEvery = 10 * time.Second
	// MaxPerFrame is how many changes go out with one frame, at most; the others
	// follow with the next ones.
	MaxPerFrame = 16

	// A track keeps what a destination may still need that trails by ten minutes,
	// and has fallen behind; and no more than so many cues, and bytes of them.
	maxAge   = 11 * time.Minute
	maxCues  = 4096
	maxBytes = 8 << 20

	// silence is for how long changes that are not told are taken for one.
	silence = time.Second
)

// Track is the cues of one stream, from the beginning of its timeline on: a stream
// that was taken away and is there again has another timeline, and needs another
// track. The zero value is empty. Its methods may be called from any goroutine.
type Track struct {
	added  atomic.Uint64 // how many changes have been added
	bodies bodies

	mu     sync.RWMutex // guards the rest, and the writing of added
	first  uint64       // number of the oldest cue held
	cues   []change     // by number, and by time
	before []Cue        // what ran before the first
	bytes  int          // of cues
	merged uint64       // how many have been taken for one with the one before
}

// change is a cue and what runs after it.
type change struct {
	Cue
	running []Cue
	bytes   int // that nothing before it holds
}

// Add appends a change, and says what runs from then on. Both are kept and must
// not be changed any more; what goes on running costs least with the bytes that it
// had before. A time before that of the last change is taken for that one's: what
// has been added has happened. Changes without JSON within a second of each other
// are one, which says what runs after the last of them.
func (t *Track) Add(c Cue, running []Cue) error {
	if err := c.check(); err != nil {
		return err
	}
	for i := range running {
		if err := running[i].check(); err != nil {
			return fmt.Errorf("what runs: %w", err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.append(c, running)
	t.forget(t.cues[len(t.cues)-1].At - maxAge)
	t.added.Add(1)
	return nil
}

// append puts a change at the end. The caller holds mu.
func (t *Track) append(c Cue, running []Cue) {
	if n := len(t.cues); n > 0 {
		last := &t.cues[n-1]
		c.At = max(c.At, last.At)
		if len(c.JSON) == 0 && len(last.JSON) == 0 && c.At-last.At < silence {
			c.At = last.At
			t.bytes -= last.bytes
			t.merged++
			t.cues = t.cues[:n-1]
		}
	}
	bytes := c.bytes() + bytesOf(running, t.running(t.last()))
	t.bytes += bytes
	t.cues = append(t.cues, change{c, running, bytes})
}

// forget lets go of cues that were before then, and of those that are too many or
// too large, but not of the newest. The caller holds mu.
func (t *Track) forget(then time.Duration) {
	for len(t.cues) > 1 && (len(t.cues) > maxCues || t.bytes > maxBytes || t.cues[0].At < then) {
		t.before = t.cues[0].running
		t.bytes -= t.cues[0].bytes
		t.cues[0] = change{}
		t.cues = t.cues[1:]
		t.first++
	}
}

// last is the number after that of the newest cue. The caller holds mu.
func (t *Track) last() uint64 { return t.first + uint64(len(t.cues)) }

// running is what runs before the cue of this number. The caller holds mu.
func (t *Track) running(number uint64) []Cue {
	if number <= t.first || len(t.cues) == 0 {
		return t.before
	}
	return t.cues[min(number, t.last())-t.first-1].running
}

// until is the number of the first cue, from this number on, that is not due at a
// frame of that time. The caller holds mu.
func (t *Track) until(number uint64, at time.Duration) uint64 {
	for number < t.last() && t.cues[number-t.first].At < at {
		number++
	}
	return number
}

// texts are what a plan tells.
func (t *Track) texts(p plan) (texts []text) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for number := max(p.from, t.first); number < p.to; number++ {
		if c := &t.cues[number-t.first].Cue; len(c.JSON) > 0 {
			texts = append(texts, text{*c, c.JSON})
		}
	}
	if p.repeat {
		running := t.running(p.to)
		for i := range running {
			if json := running[i].reminder(); len(json) > 0 {
				texts = append(texts, text{running[i], json})
			}
		}
	}
	return texts
}

// text is a cue and what is told of it: a copy, since a track lets go of cues
// while somebody reads.
type text struct {
	Cue
	json []byte
}
