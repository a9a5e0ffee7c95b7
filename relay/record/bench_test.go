package record

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
)

// BenchmarkMuxer makes a file of 10 s at 6 Mb/s, without the disk.
func BenchmarkMuxer(b *testing.B) {
	c, err := relaytest.Synthetic{Duration: 10 * time.Second}.Clip()
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []Format{MP4, FLV} {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				packets, n := packetsOf(b, c), 0
				r, err := New(Config{Stream: "main", Feed: &stream.Stream{}, Settings: Settings{Folder: "unused", Format: format}})
				if err != nil {
					b.Fatal(err)
				}
				t := newTape(r, nil, "")
				for i := range packets {
					if err := t.take(&packets[i]); err != nil {
						b.Fatal(err)
					}
					n += t.out.Len()
					t.out.Reset()
				}
				b.SetBytes(int64(n))
			}
		})
	}
}

func packetsOf(b *testing.B, c *relaytest.Clip) (packets []media.Packet) {
	b.Helper()
	for _, tag := range c.Tags() {
		p := media.Packet{Kind: tag.Kind, Time: time.Duration(tag.Time) * time.Millisecond, Body: tag.Body}
		m := inspect(&p)
		p.Keyframe, p.Header = m.Keyframe && !m.Header, m.Header || tag.Kind == media.Data
		packets = append(packets, p)
	}
	return packets
}

// BenchmarkFinish closes what was an hour's recording in small.
func BenchmarkFinish(b *testing.B) {
	c, err := relaytest.Synthetic{Duration: time.Hour, VideoBitrate: 100_000, AudioBitrate: 16_000}.Clip()
	if err != nil {
		b.Fatal(err)
	}
	packets := packetsOf(b, c)
	for _, format := range []Format{MP4, FLV} {
		b.Run(string(format), func(b *testing.B) {
			dir, err := openFolder(b.TempDir(), "main", true)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = dir.Close() }()
			r, err := New(Config{Stream: "main", Feed: &stream.Stream{}, Settings: Settings{Folder: "unused", Format: format}})
			if err != nil {
				b.Fatal(err)
			}
			t := newTape(r, dir, showName(time.Now()))
			for i := range packets {
				if err := t.takeAll(packets[i : i+1]); err != nil {
					b.Fatal(err)
				}
			}
			p := t.part
			close(p.stop)
			p.syncs.Wait()
			for b.Loop() {
				about := p.Part
				if format == MP4 {
					err = finishMP4(&about, p.file, p.size)
				} else {
					err = finishFLV(&about, p.file, p.size)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			if err := p.file.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
