package record

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
)

// BenchmarkTake is one packet of a stream of 6 Mb/s made into a file's bytes, of
// which there are 77 a second, without the disk.
func BenchmarkTake(b *testing.B) {
	c, err := relaytest.Synthetic{Duration: 4 * time.Second}.Clip()
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []Format{MP4, FLV} {
		b.Run("format="+string(format), func(b *testing.B) {
			r, err := New(Config{Stream: "main", Feed: &stream.Stream{}, Settings: Settings{Folder: "unused", Format: format}})
			if err != nil {
				b.Fatal(err)
			}
			t, source, bytes := newTape(r, nil, ""), c.Loop(), 0
			b.ReportAllocs()
			for b.Loop() {
				tag, err := source.Next()
				if err != nil {
					b.Fatal(err)
				}
				p := media.Packet{Kind: tag.Kind, Time: time.Duration(tag.Time) * time.Millisecond, Body: tag.Body}
				m := inspect(&p)
				p.Keyframe, p.Header = m.Keyframe && !m.Header, m.Header || tag.Kind == media.Data
				if err := t.take(&p); err != nil {
					b.Fatal(err)
				}
				t.out.Reset()
				bytes += len(tag.Body)
			}
			b.SetBytes(int64(bytes / b.N))
		})
	}
}
