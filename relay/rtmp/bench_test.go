package rtmp

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// BenchmarkChunkReader reads video messages of 16 KiB, which are 8 Mb/s at 60
// frames a second, and AAC frames of 128 kb/s.
func BenchmarkChunkReader(b *testing.B) {
	for _, m := range []struct {
		typ             uint8
		size, chunkSize int
	}{
		{TypeVideo, 16 << 10, 4096}, {TypeVideo, 16 << 10, 65536}, {TypeAudio, 343, 4096},
	} {
		b.Run(fmt.Sprintf("size=%d/chunk=%d", m.size, m.chunkSize), func(b *testing.B) {
			w := newChunkWriter()
			w.chunkSize = m.chunkSize
			r := newChunkReader(&endless{once: laid(w, Message{m.typ, 1, 40, pattern(m.size, 1)})}, afterPublish())
			r.chunkSize = uint32(m.chunkSize)
			b.SetBytes(int64(m.size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadMessage reads what an encoder sends, protocol control and
// acknowledgements included.
func BenchmarkReadMessage(b *testing.B) {
	const size = 16 << 10
	w := newChunkWriter()
	w.chunkSize = outChunkSize
	c := NewConn(talker{from: &endless{once: laid(w, Message{TypeVideo, 1, 40, pattern(size, 1)})}}, Limits{})
	c.in.chunkSize = outChunkSize
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ReadMessage(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChunkWriter lays out and writes a batch of 8 messages, about 83 KiB,
// as one destination does.
func BenchmarkChunkWriter(b *testing.B) {
	batch := batchOf(8)
	bytes := 0
	for _, m := range batch {
		bytes += len(m.Body)
	}
	b.Run("lay", func(b *testing.B) {
		w := newChunkWriter()
		w.chunkSize = outChunkSize
		b.SetBytes(int64(bytes))
		b.ReportAllocs()
		for b.Loop() {
			w.lay(batch)
		}
	})
	b.Run("discard", func(b *testing.B) {
		c := NewConn(discard{}, Limits{})
		c.out.chunkSize = outChunkSize
		b.SetBytes(int64(bytes))
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Write(batch...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tcp", func(b *testing.B) {
		near, far := tcpPair(b)
		go func() {
			buf := make([]byte, 1<<20)
			for {
				if _, err := far.Read(buf); err != nil {
					return
				}
			}
		}()
		c := NewConn(near, Limits{})
		c.out.chunkSize = outChunkSize
		b.SetBytes(int64(bytes))
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Write(batch...); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// discard is a connection that takes everything at no cost.
type discard struct{ net.Conn }

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// tcpPair returns the two ends of a connection over the loopback.
func tcpPair(tb testing.TB) (near, far net.Conn) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	if near, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		tb.Fatal(err)
	}
	if far, err = ln.Accept(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	return near, far
}

func (discard) SetWriteDeadline(time.Time) error { return nil }

// talker is a connection that gives what from has.
type talker struct {
	discard
	from io.Reader
}

func (t talker) Read(b []byte) (int, error) { return t.from.Read(b) }
