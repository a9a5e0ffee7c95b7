package stream_test

import (
	"fmt"
	"testing"
	"time"

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
			for i := range b.N {
				if err := s.p.Write(media.Video, uint32(i), body, time.Now()); err != nil {
					b.Fatal(err)
				}
				next()
			}
		})
	}
}
