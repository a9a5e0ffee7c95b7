package inject

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
	"unsafe"
)

// MaxJSON is how long the JSON of a cue may be, in bytes.
const MaxJSON = 1000

// maxWord is how long its name and its id may be, in bytes.
const maxWord = 255

// Cue is something that happens on a stream, or goes on.
type Cue struct {
	// Name is the kind of change, such as "offer.start": 1 to 255 bytes.
	Name string
	// ID is of what has changed, up to 255 bytes, and Revision counts its changes.
	ID       string
	Revision int64
	// At is when, on the stream's timeline.
	At time.Duration
	// JSON is what receivers are told of the change, at most MaxJSON bytes of
	// UTF-8. A change without is not told: it only says what runs.
	JSON []byte
	// Repeat is what they are told while it runs; JSON by default.
	Repeat []byte
}

// reminder is what is told of a cue that runs.
func (c *Cue) reminder() []byte {
	if c.Repeat != nil {
		return c.Repeat
	}
	return c.JSON
}

// bytes is what a cue takes.
func (c *Cue) bytes() int { return int(unsafe.Sizeof(*c)) + len(c.JSON) + len(c.Repeat) }

// bytesOf is what cues take beside those before them, with which some share their
// texts.
func bytesOf(cues, before []Cue) (n int) {
	for i := range cues {
		c := &cues[i]
		n += int(unsafe.Sizeof(*c))
		if !slices.ContainsFunc(before, func(b Cue) bool { return same(b.JSON, c.JSON) && same(b.Repeat, c.Repeat) }) {
			n += len(c.JSON) + len(c.Repeat)
		}
	}
	return n
}

// same tells whether two texts are the same bytes in memory.
func same(a, b []byte) bool { return unsafe.SliceData(a) == unsafe.SliceData(b) && len(a) == len(b) }

func (c *Cue) check() error {
	if c.Name == "" || len(c.Name) > maxWord || len(c.ID) > maxWord {
		return fmt.Errorf("cue %q of %q: name and id have 1 to %d bytes", c.Name, c.ID, maxWord)
	}
	for _, text := range [][]byte{c.JSON, c.Repeat} {
		if len(text) > MaxJSON {
			return fmt.Errorf("cue %q of %q: %d bytes of JSON are more than %d", c.Name, c.ID, len(text), MaxJSON)
		}
		if !utf8.Valid(text) {
			return fmt.Errorf("cue %q of %q: its JSON is not UTF-8", c.Name, c.ID)
		}
	}
	if !utf8.ValidString(c.Name + c.ID) {
		return fmt.Errorf("cue %q of %q: name or id is not UTF-8", c.Name, c.ID)
	}
	return nil
}
