package rtmp_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// chunks builds what no writer of ours would send.
type chunks struct{ bytes.Buffer }

func (c *chunks) start(csid int, length int, typ byte, payload int) *chunks {
	if csid < 64 {
		c.WriteByte(byte(csid))
	} else {
		c.Write([]byte{1, byte(csid - 64), byte((csid - 64) >> 8)})
	}
	c.Write([]byte{0, 0, 0, byte(length >> 16), byte(length >> 8), byte(length), typ, 1, 0, 0, 0})
	c.Write(make([]byte, payload))
	return c
}

func (c *chunks) chunkSize(n uint32) *chunks {
	c.start(2, 4, rtmp.TypeSetChunkSize, 0).Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	return c
}

// halves opens chunk streams with half messages.
func (c *chunks) halves(streams, length int) *chunks {
	for i := range streams {
		c.start(8+i, length, rtmp.TypeVideo, min(128, length))
	}
	return c
}

// TestBombs is T26: a hundred connections that declare what they never send.
// The offender is closed within a second; the honest part of it costs a bounded
// amount of memory.
func TestBombs(t *testing.T) {
	const connections = 100
	for _, tt := range []struct {
		name      string
		bomb      *chunks
		published bool // with a key
		stays     bool // nothing in it is forbidden
	}{
		{"64 chunk streams of 16,777,215 bytes", new(chunks).halves(64, 1<<24-1), false, false},
		{"the same with a key", new(chunks).halves(64, 1<<24-1), true, false},
		{"64 chunk streams at the limit of a message", new(chunks).halves(64, 64<<10), false, false},
		{"half messages within the limit", new(chunks).halves(3, 64<<10), false, true},
		{"63 chunk streams of next to nothing, and one for commands", new(chunks).halves(63, 129), false, true},
		{"65 chunk streams", new(chunks).halves(65, 129), false, false},
		{"a chunk stream beyond the ID's end", new(chunks).start(65599, 129, 9, 128).halves(64, 129), false, false},
		{"chunk size 0", new(chunks).chunkSize(0), false, false},
		{"chunk size 1", new(chunks).chunkSize(1), false, false},
		{"chunk size 2^31", new(chunks).chunkSize(1 << 31), false, false},
		{"chunk size 2^31-1 and a long message", new(chunks).chunkSize(1<<31-1).halves(1, 1<<24-1), false, false},
		{"chunk size 2^31-1 alone", new(chunks).chunkSize(1<<31 - 1), false, true},
		{"type 2 first", &chunks{*bytes.NewBuffer([]byte{2<<6 | 9, 0, 0, 0})}, false, false},
		{"type 3 first", &chunks{*bytes.NewBuffer([]byte{3<<6 | 9})}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// They come from one address, so its limit must let them in.
			s := open(t, rtmp.ServerConfig{MaxPendingPerAddress: connections})
			before := heap()
			var wg sync.WaitGroup
			peers := make([]*encoder, connections)
			for i := range peers {
				if tt.published {
					peers[i], _ = s.publish(t, "key")
				} else {
					peers[i] = greeted(t, s.addr)
				}
			}
			for _, e := range peers {
				wg.Go(func() {
					_, _ = e.nc.Write(tt.bomb.Bytes())
					if tt.stays {
						return
					}
					begun := time.Now()
					_ = e.nc.SetReadDeadline(begun.Add(5 * time.Second))
					_, err := e.nc.Read(make([]byte, 1))
					if timeout, ok := err.(net.Error); err == nil || ok && timeout.Timeout() {
						t.Error("an offender was not closed")
					} else if took := time.Since(begun); took > time.Second {
						t.Errorf("an offender was closed after %v", took)
					}
				})
			}
			wg.Wait()
			for _, e := range peers {
				if tt.stays { // and is served
					e.say(0, "createStream", 1, nil)
					e.hear("_result")
				}
			}
			if n := s.metric(t, "hawker_ingest_connections"); tt.stays && n != connections {
				t.Errorf("%v of %d are still there", n, connections)
			}
			grown := int64(heap()) - int64(before)
			if t.Logf("heap grew by %d KiB", grown>>10); grown > 64<<20 {
				t.Errorf("heap grew by %d bytes", grown)
			}
		})
	}
}
