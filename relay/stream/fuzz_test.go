package stream_test

import (
	"bytes"
	"context"
	"maps"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// FuzzReaders publishes and reads in any order, with limits so tight that
// readers are thrown off all the time, and holds each reader to the promises:
// everything in order, after a gap a keyframe, and before every frame the
// headers that were in force where it was published.
func FuzzReaders(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, ops []byte) {
		synctest.Test(t, func(t *testing.T) { play(t, ops) })
	})
}

const ringLimit = 40_000

func play(t *testing.T, ops []byte) {
	s := newSource(t, stream.Config{MaxBytes: ringLimit, MaxAge: 500 * time.Millisecond}, 5)
	show := &script{source: s, index: map[*byte]int{}}
	b := s.s.Current()
	readers := []*checker{
		{cursor: b.Cursor(stream.CursorConfig{})},
		{cursor: b.Cursor(stream.CursorConfig{MaxLag: 300 * time.Millisecond})},
		{cursor: b.Cursor(stream.CursorConfig{MaxBytes: 6000})},
		{cursor: b.Cursor(stream.CursorConfig{Delay: 200 * time.Millisecond, MaxLag: 300 * time.Millisecond})},
	}
	for _, op := range ops {
		if op < 160 {
			show.publish(op)
		} else {
			readers[op%4].read(t, show, 1+int(op/4%8))
		}
		if held := s.s.Stats().RingBytes; held > ringLimit {
			t.Fatalf("the ring holds %d bytes", held)
		}
	}
	s.s.End()
	for _, r := range readers {
		for r.read(t, show, 8) {
		}
		r.account(t, show)
	}
}

// script is what readers are to see of what was published.
type script struct {
	*source
	ts       uint32
	bodies   [][]byte
	inForce  []map[media.Kind][]byte // at each packet
	keyframe []bool
	index    map[*byte]int // by the body, which is shared and never copied
	waiting  *newcomer     // nil once the publisher is on air
}

// newcomer is a publisher that has not come to its first start point.
type newcomer struct {
	headers map[media.Kind][]byte
	video   bool
	audio   int
	since   time.Time
}

func (s *script) publish(op byte) {
	switch op % 16 {
	case 0:
		s.packet(media.Video, frame(0x17, 900, 0))
	case 1:
		s.packet(media.Video, videoHeader(op/16))
	case 2:
		s.packet(media.Audio, audioHeader(op/16))
	case 3:
		s.packet(media.Data, append(bytes.Clone(metadata), op/16))
	case 4:
		s.takeOver()
		s.ts, s.waiting = 0, &newcomer{headers: map[media.Kind][]byte{}}
	case 5, 6, 7, 8:
		s.packet(media.Audio, frame(0xAF, 20, 0))
	default:
		s.packet(media.Video, frame(0x27, 300, 0))
	}
	time.Sleep(time.Duration(op%5) * 10 * time.Millisecond)
}

func (s *script) packet(k media.Kind, body []byte) {
	header := body[1] == 0 || k == media.Data
	keyframe := k == media.Video && body[0] == 0x17 && !header
	s.ts += 20
	if s.waiting == nil || s.enters(k, body, header, keyframe) {
		s.note(k, body, header, keyframe)
	}
	s.write(k, s.ts, body)
}

// enters tells whether the newcomer gets on air with this packet; then its
// headers, as far as they are new, stand before it.
func (s *script) enters(k media.Kind, body []byte, header, keyframe bool) bool {
	w := s.waiting
	if w.since.IsZero() {
		w.since = time.Now()
	}
	w.video = w.video || k == media.Video
	if k == media.Audio {
		w.audio++
	}
	if header {
		w.headers[k] = body
	}
	alone := !w.video && (w.audio >= 50 || time.Since(w.since) >= time.Second)
	if !keyframe && (k != media.Audio || header || !alone) {
		return false
	}
	s.waiting = nil
	before := map[media.Kind][]byte{}
	if n := len(s.inForce); n > 0 {
		before = s.inForce[n-1]
	}
	for _, k := range []media.Kind{media.Data, media.Video, media.Audio} {
		if h := w.headers[k]; h != nil && !bytes.Equal(h, before[k]) {
			s.note(k, h, true, false)
		}
	}
	// Headers of the one before, that the newcomer does not have, are no more.
	s.inForce = append(s.inForce[:len(s.inForce):len(s.inForce)], w.headers)
	s.bodies, s.keyframe = append(s.bodies, body), append(s.keyframe, keyframe)
	s.index[&body[0]] = len(s.bodies) - 1
	return false
}

func (s *script) note(k media.Kind, body []byte, header, keyframe bool) {
	force := map[media.Kind][]byte{}
	if n := len(s.inForce); n > 0 {
		maps.Copy(force, s.inForce[n-1])
	}
	if header {
		force[k] = body
	}
	s.index[&body[0]] = len(s.bodies)
	s.bodies = append(s.bodies, body)
	s.inForce = append(s.inForce, force)
	s.keyframe = append(s.keyframe, keyframe)
}

// checker is a reader that trusts nobody.
type checker struct {
	cursor   *stream.Cursor
	begun    bool
	first    int // the packet that it was to begin with
	last     int // the newest one that it got in its turn
	passed   int // how many those were
	reissued int // headers that it got out of their turn
	streak   int // headers in turn since the last frame
	jumped   bool
	given    [256][]byte // headers by kind
	time     time.Duration
}

func (r *checker) read(t *testing.T, s *script, n int) bool {
	batch := make([]media.Packet, n)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	n, err := r.cursor.Next(ctx, batch)
	for _, p := range batch[:n] {
		r.check(t, s, p)
	}
	if err != nil && s.s.Current() == nil {
		time.Sleep(50 * time.Millisecond) // what is delayed falls due
		return err != stream.ErrEnded
	}
	return err == nil
}

func (r *checker) check(t *testing.T, s *script, p media.Packet) {
	i, known := s.index[&p.Body[0]]
	if !known {
		t.Fatal("a body that was never published, or a copy")
	}
	if p.Time < r.time {
		t.Fatalf("packet %d: time goes back from %v to %v", i, r.time, p.Time)
	}
	r.time = p.Time
	inTurn := r.begun && !r.jumped && i == r.last+1
	if p.Header {
		if bytes.Equal(r.given[p.Kind], p.Body) && !inTurn {
			t.Fatalf("header %d was given twice", i)
		}
		r.given[p.Kind] = p.Body
		if !inTurn {
			r.jumped = true
			r.reissued++
			return
		}
		r.streak++
	} else {
		if s.keyframe[i] {
			r.reissued += r.streak // or they were: it looks the same
		}
		r.streak = 0
	}
	if !inTurn && !s.keyframe[i] {
		t.Fatalf("packet %d after %d: a gap that does not end at a keyframe", i, r.last)
	}
	if r.begun && i <= r.last {
		t.Fatalf("packet %d after %d", i, r.last)
	}
	for k, h := range s.inForce[i] {
		if !bytes.Equal(r.given[k], h) {
			t.Fatalf("packet %d: the reader's %v header is %x, in force is %x", i, k, r.given[k], h)
		}
	}
	if !r.begun {
		// It may have lost its first place before it got more than headers.
		r.first = i - int(r.cursor.Dropped())
	}
	r.begun, r.jumped, r.last = true, false, i
	r.passed++
}

// account wants every packet since the first to be either passed or counted as
// dropped. A header that is skipped and given again may be both.
func (r *checker) account(t *testing.T, s *script) {
	if !r.begun {
		return
	}
	all := len(s.bodies) - r.first
	got := r.passed + int(r.cursor.Dropped())
	if got < all || got > all+r.reissued {
		t.Errorf("%d passed and %d dropped of %d packets", r.passed, r.cursor.Dropped(), all)
	}
}
