package rtmp

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestAMFBombs is T27: what would overflow the stack or the memory is refused
// before either is used.
func TestAMFBombs(t *testing.T) {
	array, object := "\x0a\x00\x00\x00\x01", "\x03"+amfKey("a")
	ecma, typed := "\x08\x00\x00\x00\x01"+amfKey("a"), "\x10"+amfKey("C")+amfKey("a")
	inner := "\x0a\x00\x00\x00\x00"
	cases := map[string]string{
		"arrays of 4 GiB":           strings.Repeat("\x0a\xff\xff\xff\xff", 1000),
		"an array of 2^31-1 values": "\x0a\x7f\xff\xff\xff" + amfNull,
		"a string of 4 GiB":         "\x0c\xff\xff\xff\xff" + "abc",
		"an XML of 4 GiB":           "\x0f\xff\xff\xff\xff" + "abc",
		"nulls":                     strings.Repeat(amfNull, 60_000),
		"references in a circle":    strings.Repeat("\x03"+amfKey("a")+"\x07\x00\x00"+amfEnd, 5_000),
		"empty objects":             strings.Repeat("\x03"+amfEnd, 15_000),
		"a long row":                strings.Repeat(one, 1_000_000),
	}
	for name, unit := range map[string]string{"arrays": array, "objects": object, "ECMA arrays": ecma, "typed objects": typed, "mixed": array + object + ecma} {
		cases[name+" 33 deep"] = strings.Repeat(unit, 32) + inner
		cases[name+" 1e5 deep"] = strings.Repeat(unit, 1e5)
		cases[name+" 2e6 deep"] = strings.Repeat(unit, 2e6)
	}
	for name, in := range cases {
		t.Run(name, func(t *testing.T) {
			body := []byte(in)
			quickest := time.Hour
			for try := 0; try < 20 && quickest > 5*time.Millisecond; try++ { // a busy machine may be slow at times
				start := time.Now()
				if _, err := decodeAMF(body); !errors.Is(err, ErrProtocol) {
					t.Errorf("was not refused: %v", err)
				}
				quickest = min(quickest, time.Since(start))
			}
			used := allocated(func() { _, _ = decodeAMF(body) })
			if quickest > 5*time.Millisecond {
				t.Errorf("took %v", quickest)
			}
			if used > 1<<20 {
				t.Errorf("used %d bytes", used)
			}
		})
	}
}

// TestAMFLargestAccepted: what is let through is bounded too.
func TestAMFLargestAccepted(t *testing.T) {
	for name, in := range map[string]string{
		"empty objects": strings.Repeat("\x03"+amfEnd, amfMaxNodes),
		"nested arrays": strings.Repeat(strings.Repeat("\x0a\x00\x00\x00\x01", 31)+"\x0a\x00\x00\x00\x00", amfMaxNodes/32),
		"one text":      amfString(strings.Repeat("x", 65_000)),
		"one key":       "\x03" + amfKey(strings.Repeat("x", 65_000)) + amfNull + amfEnd,
	} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() {
				if _, err := decodeAMF([]byte(in)); err != nil {
					t.Error(err)
				}
			})
			if used > 4<<20 {
				t.Errorf("used %d bytes", used)
			}
		})
	}
}
