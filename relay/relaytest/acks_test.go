package relaytest_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// tape keeps what is read, since rtmp.Conn shows no acknowledgements.
type tape struct {
	net.Conn
	read []byte
}

func (c *tape) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read = append(c.read, b[:n]...)
	return n, err
}

// controls returns the values of the control messages with this header, which
// is type 0 on chunk stream 2.
func (c *tape) controls(header string) (values []uint32) {
	for rest := c.read; ; {
		_, after, found := bytes.Cut(rest, []byte(header))
		if !found || len(after) < 4 {
			return values
		}
		values, rest = append(values, binary.BigEndian.Uint32(after)), after[4:]
	}
}

const (
	ackHeader  = "\x02\x00\x00\x00\x00\x00\x04\x03\x00\x00\x00\x00"
	pingHeader = "\x02\x00\x00\x00\x00\x00\x06\x04\x00\x00\x00\x00\x00\x06"
)

func TestPlatformAcknowledges(t *testing.T) {
	for name, c := range map[string]struct {
		acks  relaytest.Acks
		count int
		fixed bool
	}{
		"totals": {relaytest.Acks{}, 10, false},
		"never":  {relaytest.Acks{Never: true}, 0, false},
		"fixed":  {relaytest.Acks{Fixed: 131325}, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			const messages = 10
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{
				Script: relaytest.Script{Acks: c.acks, Quirks: relaytest.Quirks{Ping: messages}},
			})
			nc, err := net.Dial("tcp", p.Addr())
			must(t, err)
			defer func() { _ = nc.Close() }()
			must(t, nc.SetDeadline(time.Now().Add(10*time.Second)))
			must(t, rtmp.Greet(nc))
			in := &tape{Conn: nc}
			conn := rtmp.NewConn(in, rtmp.Limits{MaxMessage: 1 << 20, MaxBuffered: 1 << 20, MaxChunkStreams: 64, MinChunkSize: 1})
			must(t, conn.Write(
				rtmp.Message{Type: rtmp.TypeWindowAckSize, Body: binary.BigEndian.AppendUint32(nil, 90_000)},
				rtmp.Message{Type: rtmp.TypeSetChunkSize, Body: binary.BigEndian.AppendUint32(nil, 65536)},
			))
			for i := range messages {
				must(t, conn.Write(frame(uint32(i), make([]byte, 100_000)...)))
			}
			// The ping comes after all that belongs to the last message.
			for len(in.controls(pingHeader)) == 0 {
				_, err := in.Read(make([]byte, 1024))
				must(t, err)
			}
			acks := in.controls(ackHeader)
			if len(acks) != c.count {
				t.Errorf("%d acknowledgements %v, want %d", len(acks), acks, c.count)
			}
			for i, n := range acks {
				if c.fixed && n != 131325 || !c.fixed && i > 0 && n < acks[i-1]+90_000 {
					t.Errorf("acknowledged %v", acks)
					break
				}
			}
		})
	}
}
