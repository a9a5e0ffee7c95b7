package fmp4_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/fmp4"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// sample is a file of six fragments of half a second, with sound or without, and
// a keyframe in every other one.
func sample(t testing.TB, sound bool) (file []byte, ends []int) {
	t.Helper()
	clip, err := relaytest.Synthetic{Duration: time.Second}.Clip()
	if err != nil {
		t.Fatal(err)
	}
	var video, audio *fmp4.Track
	for _, tag := range clip.Tags()[:3] {
		switch {
		case tag.Kind == media.Video:
			video, err = fmp4.VideoTrack(tag.Body, nil)
		case tag.Kind == media.Audio && sound:
			audio, err = fmp4.AudioTrack(tag.Body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	header, err := fmp4.Header(video, audio)
	if err != nil {
		t.Fatal(err)
	}
	file = append(header, fmp4.Space(200)...)
	ends = append(ends, len(file))
	for i := range 6 {
		start := time.Duration(i) * time.Second / 2
		var sounds []fmp4.Sound
		if sound {
			sounds = []fmp4.Sound{{At: int64(i) * 24000, Samples: 1024, Payload: make([]byte, 7)}}
		}
		file = append(file, fmp4.Fragment(uint32(i+1), []fmp4.Frame{
			{DTS: start, Length: 300 * time.Millisecond, Key: i%2 == 0, Payload: make([]byte, 50)},
			{DTS: start + 300*time.Millisecond, Length: 200 * time.Millisecond, Composition: 40 * time.Millisecond, Payload: make([]byte, 20)},
		}, sounds)...)
		ends = append(ends, len(file))
	}
	return file, ends
}

func TestScanFindsWhatIsWholeAtAnyLength(t *testing.T) {
	t.Parallel()
	for _, sound := range []bool{false, true} {
		file, ends := sample(t, sound)
		whole := 0
		for n := range len(file) + 1 {
			for whole+1 < len(ends) && n >= ends[whole+1] {
				whole++
			}
			e, err := fmp4.Scan(bytes.NewReader(file[:n]), int64(n))
			if whole == 0 {
				if !errors.Is(err, fmp4.ErrEmpty) {
					t.Fatalf("%d bytes: %v, want ErrEmpty", n, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := time.Duration(whole) * time.Second / 2; e.Whole != int64(ends[whole]) || e.End != want {
				t.Fatalf("%d bytes: whole up to %d, and %v; want %d, %v", n, e.Whole, e.End, ends[whole], want)
			}
		}
	}
}

func TestIndexLeadsToKeyframes(t *testing.T) {
	t.Parallel()
	file, ends := sample(t, true)
	e, err := fmp4.Scan(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	index, at := e.Index()
	if len(index) != 200 || at != int64(ends[0]-200) {
		t.Fatalf("an index of %d bytes at %d, want 200 at %d", len(index), at, ends[0]-200)
	}
	// ISO/IEC 14496-12 section 8.16.3.
	size := binary.BigEndian.Uint32(index)
	next := int(at) + int(size) + int(binary.BigEndian.Uint64(index[28:]))
	if n := binary.BigEndian.Uint32(index[36:]); n != 3 || string(index[4:8]) != "sidx" {
		t.Fatalf("%q with %d entries", index[4:8], n)
	}
	for i := range 3 {
		entry := index[40+12*i:]
		if next != ends[2*i] || string(file[next+4:next+8]) != "moof" {
			t.Errorf("entry %d leads to %d, want %d", i, next, ends[2*i])
		}
		if d := binary.BigEndian.Uint32(entry[4:]); d != 90000 {
			t.Errorf("entry %d is %d ticks long", i, d)
		}
		next += int(binary.BigEndian.Uint32(entry))
	}
	if next != len(file) {
		t.Errorf("the entries end at %d of %d", next, len(file))
	}
	copy(file[at:], index)
	if e, err = fmp4.Scan(bytes.NewReader(file), int64(len(file))); err != nil || e.Whole != int64(len(file)) {
		t.Errorf("with an index: %+v, %v", e, err)
	}
	if again, _ := e.Index(); again != nil {
		t.Error("a second index")
	}
}

func TestIndexOfLittleRoom(t *testing.T) {
	t.Parallel()
	file, _ := sample(t, false)
	at := bytes.Index(file, []byte("free")) - 4
	binary.BigEndian.PutUint32(file[at:], 40+2*12+8) // for two of the three
	binary.BigEndian.PutUint32(file[at+72:], 128)
	copy(file[at+76:], "skip")
	e, err := fmp4.Scan(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	index, _ := e.Index()
	if len(index) != 72 || binary.BigEndian.Uint32(index[36:]) != 2 {
		t.Errorf("%d bytes: % x", len(index), index)
	}
}

// small is a header and a fragment, of which the boxes have what is read and
// nothing else.
func small() []byte {
	box := func(kind string, payload ...[]byte) []byte {
		b := append(make([]byte, 4), kind...)
		for _, p := range payload {
			b = append(b, p...)
		}
		binary.BigEndian.PutUint32(b, uint32(len(b)))
		return b
	}
	words := func(words ...uint32) (b []byte) {
		for _, w := range words {
			b = binary.BigEndian.AppendUint32(b, w)
		}
		return b
	}
	return bytes.Join([][]byte{
		box("moov", box("trak", box("tkhd", words(0, 0, 0, 1)), box("mdia", box("mdhd", words(0, 0, 0, 1000))))),
		fmp4.Space(64),
		box("moof", box("traf", box("tfhd", words(0, 1)), box("tfdt", words(1<<24, 0, 5)), box("trun", words(0x100, 1, 40)))),
		box("mdat", []byte("x")),
	}, nil)
}

func FuzzScan(f *testing.F) {
	f.Add(small())
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := fmp4.Scan(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if e.Whole > int64(len(b)) || e.Whole < 16 {
			t.Errorf("whole up to %d of %d", e.Whole, len(b))
		}
		e.Index()
	})
}

func TestScanReadsNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	file := small()
	e, err := fmp4.Scan(bytes.NewReader(file), int64(len(file)))
	if err != nil || e.End != 45*time.Millisecond {
		t.Fatalf("%+v, %v", e, err)
	}
	if index, _ := e.Index(); len(index) != 64 {
		t.Errorf("an index of %d bytes", len(index))
	}
}
