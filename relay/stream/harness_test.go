package stream_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// Tag bodies in classic form: AVC and AAC.
func videoHeader(id byte) []byte { return []byte{0x17, 0, 0, 0, 0, id} }
func audioHeader(id byte) []byte { return []byte{0xAF, 0, id} }

func frame(first byte, size int, number uint32) []byte {
	b := make([]byte, max(size, 16))
	b[0], b[1] = first, 1
	binary.BigEndian.PutUint32(b[8:], number)
	return b
}

func number(p media.Packet) uint32 { return binary.BigEndian.Uint32(p.Body[8:]) }

var metadata = []byte("\x02\x00\x0aonMetaData\x05")

// source publishes 25 frames a second in groups, each frame followed by audio.
type source struct {
	t     testing.TB
	s     *stream.Stream
	p     *stream.Publisher
	group int
	size  int
	sent  uint32 // frames
}

func newSource(t testing.TB, conf stream.Config, group int) *source {
	t.Helper()
	conf.Name = "main"
	s, err := stream.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	src := &source{t: t, s: s, group: group, size: 100}
	src.takeOver()
	return src
}

// takeOver makes a new publisher the one that is to be on air.
func (s *source) takeOver() {
	s.p = s.s.Publisher()
	s.p.TakeOver(s.s.Begin())
}

func (s *source) write(kind media.Kind, ts uint32, body []byte) {
	s.t.Helper()
	if err := s.p.Write(kind, ts, body, time.Now()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *source) headers() {
	s.write(media.Data, 0, metadata)
	s.write(media.Video, 0, videoHeader(1))
	s.write(media.Audio, 0, audioHeader(1))
}

const frameTime = 40 * time.Millisecond

// frames publishes n frames in their time, in a bubble of synctest.
func (s *source) frames(n int) {
	for range n {
		first := byte(0x27)
		if int(s.sent)%s.group == 0 {
			first = 0x17
		}
		ts := s.sent * uint32(frameTime/time.Millisecond)
		s.write(media.Video, ts, frame(first, s.size, s.sent))
		s.write(media.Audio, ts, frame(0xAF, 0, s.sent))
		s.sent++
		time.Sleep(frameTime) // of the bubble
		synctest.Wait()
	}
}

// read takes all that is ready now.
func read(t testing.TB, c *stream.Cursor) []media.Packet {
	t.Helper()
	var out []media.Packet
	batch := make([]media.Packet, 7)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		n, err := c.Next(ctx, batch)
		cancel()
		out = append(out, batch[:n]...)
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, stream.ErrEnded) {
				t.Fatalf("Next: %v", err)
			}
			return out
		}
	}
}

// outline tells packets as M, H (headers), K (keyframe), v, a, with the number
// of keyframes.
func outline(packets []media.Packet) string {
	var out string
	for _, p := range packets {
		switch {
		case p.Kind == media.Data:
			out += "M"
		case p.Header && p.Kind == media.Video:
			out += "V"
		case p.Header:
			out += "A"
		case p.Keyframe:
			out += fmt.Sprintf("K%d", number(p))
		case p.Kind == media.Video:
			out += "v"
		default:
			out += "a"
		}
	}
	return out
}
