package rtmp_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hawker-live/hawker/relay/rtmp"
)

const packet1536 = 1536

// scriptedConn plays what a peer says and keeps what it is told.
type scriptedConn struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (s *scriptedConn) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s *scriptedConn) Write(b []byte) (int, error) { return s.out.Write(b) }

// TestHandshakeVariants: encoders and servers sign their packets or not, echo
// or not, and send them in any pieces. All of them work, both ways, and each
// gets its own first packet back byte for byte.
func TestHandshakeVariants(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return b
	}
	plain := append(make([]byte, 8), random(packet1536-8)...)
	signed := append([]byte{0, 1, 2, 3, 9, 0, 124, 2}, random(packet1536-8)...)
	for _, tt := range []struct {
		name          string
		version       byte
		first, second []byte
	}{
		{"plain, echoes nothing", 3, plain, make([]byte, packet1536)},
		{"plain, echoes itself", 3, plain, plain},
		{"signed, and so is its answer", 3, signed, random(packet1536)},
		{"all zero", 3, make([]byte, packet1536), make([]byte, packet1536)},
		{"all ones", 3, bytes.Repeat([]byte{255}, packet1536), bytes.Repeat([]byte{255}, packet1536)},
		{"a later version", 31, signed, plain},
		{"encrypted, by its number", 6, signed, plain},
	} {
		said := append(append([]byte{tt.version}, tt.first...), tt.second...)
		for side, shake := range map[string]func(net.Conn) error{"server": rtmp.Accept, "client": rtmp.Greet} {
			for pieces, in := range map[string]io.Reader{
				"at once": bytes.NewReader(said), "in bytes": iotest.OneByteReader(bytes.NewReader(said)), "in halves": iotest.HalfReader(bytes.NewReader(said)),
			} {
				t.Run(tt.name+"/"+side+"/"+pieces, func(t *testing.T) {
					rest := strings.NewReader("the first chunk")
					nc := &scriptedConn{in: io.MultiReader(in, rest)}
					if err := shake(nc); err != nil {
						t.Fatal(err)
					}
					out := nc.out.Bytes()
					if len(out) != 1+2*packet1536 || out[0] != 3 {
						t.Fatalf("said %d bytes, version %d", len(out), out[0])
					}
					if !bytes.Equal(out[1+packet1536:], tt.first) {
						t.Error("the echo is not exact")
					}
					if bytes.Equal(out[9:1+packet1536], make([]byte, packet1536-8)) {
						t.Error("our own packet is not random")
					}
					if rest.Len() != len("the first chunk") {
						t.Error("it read on after the handshake")
					}
				})
			}
		}
	}
}

func TestHandshakeRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "EOF"},
		{"HTTP GET", "GET / HTTP/1.1\r\n\r\n", "HTTP"},
		{"HTTP POST", "POST /open/1 HTTP/1.1\r\n\r\n", "HTTP"},
		{"HTTP OPTIONS", "OPTIONS * HTTP/1.1\r\n\r\n", "HTTP"},
		{"TLS", "\x16\x03\x01\x02\x00\x01", "speaks TLS here"},
		{"version 0", "\x00" + strings.Repeat("x", 3072), "first byte is 0x00"},
		{"version 2", "\x02" + strings.Repeat("x", 3072), "first byte is 0x02"},
		{"text", " " + strings.Repeat("x", 3072), "first byte is 0x20"},
		{"SSH", "SSH-2.0-x\r\n", "first byte is 0x53"},
		{"cut off in the first packet", "\x03" + strings.Repeat("x", 1535), "EOF"},
		{"cut off in the second", "\x03" + strings.Repeat("x", 3071), "EOF"},
	} {
		for side, shake := range map[string]func(net.Conn) error{"server": rtmp.Accept, "client": rtmp.Greet} {
			t.Run(tt.name+"/"+side, func(t *testing.T) {
				err := shake(&scriptedConn{in: strings.NewReader(tt.in)})
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			})
		}
	}
}
