package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestParser reads what appendMessage has written, cut into pieces of all sizes.
func TestParser(t *testing.T) {
	for _, chunkSize := range []int{128, encoderChunk, relayChunk} {
		want := []rtmp.Message{
			{Type: rtmp.TypeVideo, StreamID: 1, Time: 40, Body: bytes.Repeat([]byte("video"), 30_000)},
			{Type: rtmp.TypeAudio, StreamID: 1, Time: 41, Body: []byte("audio")},
			{Type: rtmp.TypeData, StreamID: 1, Time: 42, Body: bytes.Repeat([]byte("d"), chunkSize)},
			{Type: rtmp.TypeVideo, StreamID: 1, Time: 43},
		}
		wire := appendMessage(nil, setChunkSize(chunkSize), defaultChunk)
		for _, m := range want {
			wire = appendMessage(wire, m, chunkSize)
		}
		for _, piece := range []int{1, 7, 1000, len(wire)} {
			t.Run(fmt.Sprintf("chunk=%d/piece=%d", chunkSize, piece), func(t *testing.T) {
				got := parse(t, wire, piece)[1:] // without the chunk size
				if len(got) != len(want) {
					t.Fatalf("%d messages, want %d", len(got), len(want))
				}
				for i := range want {
					if got[i].Type != want[i].Type || got[i].Time != want[i].Time || !bytes.Equal(got[i].Body, want[i].Body) {
						t.Errorf("message %d is not what was written", i)
					}
				}
			})
		}
	}
}

// parse feeds a parser pieces of at most that many bytes.
func parse(t *testing.T, wire []byte, piece int) []rtmp.Message {
	t.Helper()
	g := &gatherer{}
	p := newParser(g)
	for len(wire) > 0 {
		n := min(piece, len(wire))
		if err := p.feed(wire[:n]); err != nil {
			t.Fatal(err)
		}
		wire = wire[n:]
	}
	return g.ready
}

// TestParserReads chunks of other writers: deltas, longer chunk stream numbers,
// extended timestamps.
func TestParserReads(t *testing.T) {
	body := bytes.Repeat([]byte{7}, 200) // two chunks of 128 at most
	cases := map[string]struct{ first, second []byte }{
		"type 1":                  {[]byte{0x46, 0, 0, 9, 0, 0, 200, 9}, []byte{0xc6}},
		"two bytes":               {[]byte{0x00, 9, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0}, []byte{0xc0, 9}},
		"three bytes":             {[]byte{0x01, 9, 9, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0}, []byte{0xc1, 9, 9}},
		"extended timestamp":      {[]byte{0x06, 255, 255, 255, 0, 0, 200, 9, 1, 0, 0, 0, 1, 2, 3, 4}, []byte{0xc6, 1, 2, 3, 4}},
		"extended in a delta":     {[]byte{0x46, 255, 255, 255, 0, 0, 200, 9, 1, 2, 3, 4}, []byte{0xc6, 1, 2, 3, 4}},
		"a chunk of another type": {[]byte{0x06, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0}, []byte{0xc6}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wire := append(append(bytes.Clone(tc.first), body[:128]...), tc.second...)
			got := parse(t, append(wire, body[128:]...), 5)
			if len(got) != 1 || got[0].Type != rtmp.TypeVideo || !bytes.Equal(got[0].Body, body) {
				t.Errorf("read %d messages", len(got))
			}
		})
	}
}

func TestParserRefuses(t *testing.T) {
	cases := map[string][]byte{
		"no predecessor":           {0xc6},
		"too large":                {0x06, 0, 0, 1, 255, 255, 255, 9, 1, 0, 0, 0},
		"a message inside another": append([]byte{0x06, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0}, append(make([]byte, 128), 0x06, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0)...),
		"a chunk size of nothing":  {0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0},
	}
	for name, wire := range cases {
		t.Run(name, func(t *testing.T) {
			if err := newParser(&gatherer{}).feed(wire); err == nil {
				t.Error("it was taken")
			}
		})
	}
}
