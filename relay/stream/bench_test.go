package stream_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// BenchmarkPacket is one packet in and, with readers, out to each of them.
func BenchmarkPacket(b *testing.B) {
	for _, readers := range []int{0, 1, 100, 1000} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			s := newSource(b, stream.Config{}, 5)
			s.headers()
			s.write(media.Video, 0, frame(0x17, 0, 0))
			cursors := make([]*stream.Cursor, readers)
			for i := range cursors {
				cursors[i] = s.s.Current().Cursor(stream.CursorConfig{})
			}
			batch := make([]media.Packet, 64)
			next := func() {
				for _, c := range cursors {
					if _, err := c.Next(b.Context(), batch); err != nil {
						b.Fatal(err)
					}
				}
			}
			next()
			body := frame(0x27, 16<<10, 1)
			b.ReportAllocs()
			for i := uint32(0); b.Loop(); i++ {
				s.write(media.Video, i, body)
				next()
			}
		})
	}
}

// BenchmarkWake is one packet in, and out to readers that wait for it, each in a
// goroutine of its own as destinations are: what it costs to wake them all.
func BenchmarkWake(b *testing.B) {
	for _, readers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			s := newSource(b, stream.Config{}, 5)
			s.headers()
			var got, ended sync.WaitGroup
			got.Add(readers)
			for range readers {
				c := s.s.Current().Cursor(stream.CursorConfig{})
				ended.Go(func() { follow(c, &got) })
			}
			s.write(media.Video, 0, frame(0x17, 0, 0))
			got.Wait()
			body := frame(0x27, 16<<10, 1)
			b.ReportAllocs()
			for i := uint32(0); b.Loop(); i++ {
				got.Add(readers)
				s.write(media.Video, i, body)
				got.Wait()
			}
			s.s.Close()
			ended.Wait()
		})
	}
}

// follow reads to the end and tells of each frame that is no header.
func follow(c *stream.Cursor, got *sync.WaitGroup) {
	defer func() { _ = c.Close() }()
	batch := make([]media.Packet, 64)
	for {
		n, err := c.Next(context.Background(), batch)
		if err != nil {
			return
		}
		for i := range batch[:n] {
			if !batch[i].Header {
				got.Done()
			}
		}
	}
}
