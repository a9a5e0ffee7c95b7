package rtmp

import (
	"bytes"
	"fmt"
	"net"
	"time"

	"github.com/yutopp/go-rtmp/handshake"
)

// handshakeTimeout is what a Server gives a peer for the whole handshake.
const handshakeTimeout = 5 * time.Second

// Accept does a server's part of the simple handshake (section 5.2): S2 echoes
// C1 exactly, which strict clients check. Whether C2 echoes S1 is not checked,
// since encoders that sign their handshake send something else there. The
// caller sets a deadline.
func Accept(nc net.Conn) error {
	h := &handshaker{nc: nc}
	if err := handshake.HandshakeWithClient(h, h, &handshake.Config{SkipHandshakeVerification: true}); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	return nil
}

// Greet does a client's part, within a deadline that the caller sets.
func Greet(nc net.Conn) error {
	h := &handshaker{nc: nc}
	return handshake.HandshakeWithServer(h, h, &handshake.Config{SkipHandshakeVerification: true})
}

// handshaker is the connection as the library sees it. It checks the first byte,
// C0 or S0, which the library takes whatever it is: so a peer that speaks HTTP or
// TLS is told apart at once. And it makes our second packet an exact echo of the
// peer's first, as everyone else does: the library puts times of its own into
// bytes 0 to 7.
type handshaker struct {
	nc      net.Conn
	in, out int // bytes so far
	head    [8]byte
}

// Where the peer's C1 or S1, and our S2 or C2, begin in what each side sends.
const (
	headIn  = 1
	headOut = 1 + 1536
)

func (h *handshaker) Read(b []byte) (int, error) {
	n, err := h.nc.Read(b)
	if h.in == 0 && n > 0 {
		if err := checkVersion(b[0]); err != nil {
			return 0, err
		}
	}
	for i := max(h.in, headIn); i < min(h.in+n, headIn+len(h.head)); i++ {
		h.head[i-headIn] = b[i-h.in]
	}
	h.in += n
	return n, err
}

func (h *handshaker) Write(b []byte) (int, error) {
	if h.out < headOut+len(h.head) && h.out+len(b) > headOut {
		b = bytes.Clone(b)
		for i := max(h.out, headOut); i < min(h.out+len(b), headOut+len(h.head)); i++ {
			b[i-h.out] = h.head[i-headOut]
		}
	}
	n, err := h.nc.Write(b)
	h.out += n
	return n, err
}

func checkVersion(b byte) error {
	switch {
	case b == 0x16 || b == 0x15:
		return protocolError("the peer speaks TLS here: use rtmps:// with this port, or rtmp:// with another one")
	case b == 'G' || b == 'P' || b == 'H' || b == 'O':
		return protocolError("the peer speaks HTTP here, not RTMP")
	case b < 3 || b > 31: // section 5.2.2: 0 to 2 are obsolete, 32 and up are text
		return protocolError("the peer does not speak RTMP: its first byte is 0x%02x", b)
	}
	return nil
}
