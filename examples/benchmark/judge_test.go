package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// show is what a publisher has sent, for a destination to be judged by.
func show(t *testing.T) (*ledger, []rtmp.Message) {
	t.Helper()
	clip, err := relaytest.Synthetic{Duration: 200 * time.Millisecond, NoMetadata: true}.Clip()
	if err != nil {
		t.Fatal(err)
	}
	l := newLedger(clock{time.Now()})
	var sent []rtmp.Message
	for _, tag := range clip.Tags() {
		m := rtmp.Message{Type: uint8(tag.Kind), Time: tag.Time, Body: bytes.Clone(tag.Body)}
		l.stamp(m)
		l.enter(m)
		sent = append(sent, m)
	}
	return l, sent
}

// judged is what comes of a destination's connections.
func judged(t *testing.T, l *ledger, connections ...[]rtmp.Message) *tally {
	t.Helper()
	s := &sinks{tally: &tally{}, clock: l.clock, byKey: map[string]*judge{}}
	s.tally.to.Store(1 << 62)
	s.byKey["key"] = &judge{tally: s.tally, ledger: l}
	for _, messages := range connections {
		g := &guest{sinks: s, judge: s.byKey["key"]}
		g.parser = newParser(g)
		wire := appendMessage(nil, setChunkSize(encoderChunk), defaultChunk)
		for _, m := range messages {
			wire = appendMessage(wire, m, encoderChunk)
		}
		for piece := range slices.Chunk(wire, 1000) {
			if err := g.feed(piece); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s.tally
}

// In what show has sent, after two headers: a picture, a sound, a sound.
const picture, sound = 5, 6

// TestJudge is the point of it all: a relay that changes, loses, repeats or
// invents something does not pass.
func TestJudge(t *testing.T) {
	change := func(m []rtmp.Message, i, at int) []rtmp.Message {
		m = slices.Clone(m)
		m[i].Body = bytes.Clone(m[i].Body)
		m[i].Body[at] ^= 1
		return m
	}
	cases := map[string]struct {
		relay       func(m []rtmp.Message) []rtmp.Message
		lost, wrong int64
		complaint   string
	}{
		"all of it":              {func(m []rtmp.Message) []rtmp.Message { return m }, 0, 0, ""},
		"headers again":          {func(m []rtmp.Message) []rtmp.Message { return slices.Insert(slices.Clone(m), 6, m[0], m[1]) }, 0, 0, ""},
		"a later beginning":      {func(m []rtmp.Message) []rtmp.Message { return m[5:] }, 0, 0, ""},
		"metadata of its own":    {func(m []rtmp.Message) []rtmp.Message { return append([]rtmp.Message{{Type: rtmp.TypeData}}, m...) }, 0, 0, ""},
		"one bit of a picture":   {func(m []rtmp.Message) []rtmp.Message { return change(m, picture, 5000) }, 1, 1, "content"},
		"the last byte of sound": {func(m []rtmp.Message) []rtmp.Message { return change(m, sound, len(m[sound].Body)-1) }, 1, 1, "content"},
		"a number":               {func(m []rtmp.Message) []rtmp.Message { return change(m, picture, videoNumberAt) }, 1, 1, "nobody"},
		"a sequence header":      {func(m []rtmp.Message) []rtmp.Message { return change(m, 0, 20) }, 0, 1, "content"},
		"a loss":                 {func(m []rtmp.Message) []rtmp.Message { return slices.Delete(slices.Clone(m), 6, 8) }, 2, 0, ""},
		"a repetition":           {func(m []rtmp.Message) []rtmp.Message { return slices.Insert(slices.Clone(m), 6, m[5]) }, 0, 1, "repeated"},
		"two in the other order": {func(m []rtmp.Message) []rtmp.Message { c := slices.Clone(m); c[6], c[7] = c[7], c[6]; return c }, 1, 1, "order"},
		"an empty frame":         {func(m []rtmp.Message) []rtmp.Message { c := slices.Clone(m); c[picture].Body = nil; return c }, 1, 1, "nobody"},
		"sound as a picture":     {func(m []rtmp.Message) []rtmp.Message { c := slices.Clone(m); c[sound].Type = rtmp.TypeVideo; return c }, 1, 1, ""},
		"a frame that ends early": {func(m []rtmp.Message) []rtmp.Message {
			c := slices.Clone(m)
			c[picture].Body = c[picture].Body[:2000]
			return c
		}, 1, 1, "content"},
		"something of its own too": {func(m []rtmp.Message) []rtmp.Message {
			return append(slices.Clone(m), rtmp.Message{Type: rtmp.TypeAudio, Body: []byte{0xaf, 1, 0xff, 0, 0, 0, 0, 0, 0, 9}})
		}, 0, 1, "nobody"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l, sent := show(t)
			got := judged(t, l, tc.relay(sent))
			if got.lost.Load() != tc.lost || got.wrong.Load() != tc.wrong {
				t.Errorf("%d lost and %d wrong, want %d and %d", got.lost.Load(), got.wrong.Load(), tc.lost, tc.wrong)
			}
			if first := got.first.Load(); tc.complaint != "" && (first == nil || !strings.Contains(*first, tc.complaint)) {
				t.Errorf("the complaint is %v, want one about %q", first, tc.complaint)
			}
		})
	}
}

// TestJudgeConnections: what a second connection brings again is no mistake, and
// what neither has brought is lost.
func TestJudgeConnections(t *testing.T) {
	l, sent := show(t)
	got := judged(t, l, sent[:6], sent[4:8], sent[10:])
	if got.lost.Load() != 2 || got.wrong.Load() != 0 {
		t.Errorf("%d lost and %d wrong, want 2 and 0", got.lost.Load(), got.wrong.Load())
	}
	if n := got.latency.total(); n != uint64(len(sent)-2) {
		t.Errorf("%d latencies, want %d", n, len(sent)-2)
	}
}
