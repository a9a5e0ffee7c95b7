package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// moments are when the frames of a stream were sent, which is how long what is
// made of them is measured.
type moments struct {
	place map[uint32]int // by timestamp in ms
	at    []time.Time
}

func momentsOf(sent []relaytest.Sent) *moments {
	m := &moments{place: map[uint32]int{}}
	for _, s := range sent {
		if s.Kind == media.Video && !s.Header {
			m.place[s.Time] = len(m.at)
			m.at = append(m.at, s.At)
		}
	}
	return m
}

// edges are, for a part, when its last frame was sent, and the one after, from
// which on there could be the part: only then it is known how long its last
// frame is.
type edges struct{ last, ready time.Time }

// parts reads the files of parts in a folder.
func (m *moments) parts(t *testing.T, dir string) (all map[uint64]edges, numbers []uint64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "part-*.m4s"))
	must(t, err)
	begins := map[uint64]int{}
	for _, name := range files {
		var number uint64
		_, err := fmt.Sscanf(filepath.Base(name), "part-%d.m4s", &number)
		must(t, err)
		text, err := os.ReadFile(name)
		must(t, err)
		begins[number], err = m.begins(text)
		must(t, err)
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	all = map[uint64]edges{}
	for n := range begins {
		if next, known := begins[n+1]; known {
			all[n] = edges{m.at[next-1], m.at[next]}
		}
	}
	return all, numbers
}

// begins is which frame a fragment begins with: the first tfdt's time
// (ISO/IEC 14496-12 section 8.8.12), in ticks of 90 kHz.
func (m *moments) begins(fragment []byte) (place int, err error) {
	_, rest, found := bytes.Cut(fragment, []byte("tfdt\x01\x00\x00\x00"))
	if !found || len(rest) < 8 {
		return 0, errors.New("a fragment that does not tell its time")
	}
	at := uint32(binary.BigEndian.Uint64(rest) / 90)
	place, known := m.place[at]
	if !known {
		return 0, fmt.Errorf("a fragment begins at %d ms, when no frame does", at)
	}
	return place, nil
}

// waits are how long playlists took, from the question or, if that was earlier,
// from when there could be what was asked for; and how long after its last frame
// each viewer was told of each part.
func waits(told []listing, parts map[uint64]edges, begun time.Time) (playlists, visible []time.Duration) {
	for _, l := range told {
		if l.at.Before(begun) {
			continue
		}
		if e, known := parts[l.last]; known {
			from := l.asked
			if e.ready.After(from) {
				from = e.ready
			}
			playlists = append(playlists, l.at.Sub(from))
		}
		for n := l.first; n <= l.last; n++ {
			if e, known := parts[n]; known {
				visible = append(visible, l.at.Sub(e.last))
			}
		}
	}
	return playlists, visible
}

// asked is how long files took from the question.
func asked(told []listing) relaytest.Latency {
	var all []time.Duration
	for _, l := range told {
		all = append(all, l.at.Sub(l.asked))
	}
	return spread(all)
}

func spread(all []time.Duration) (l relaytest.Latency) {
	if n := len(all); n > 0 {
		slices.Sort(all)
		l = relaytest.Latency{N: n, P50: all[n/2], P99: all[n*99/100], Max: all[n-1]}
	}
	return l
}
