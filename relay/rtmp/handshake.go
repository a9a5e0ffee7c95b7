package rtmp

import (
	"fmt"
	"net"
	"time"

	"github.com/yutopp/go-rtmp/handshake"
)

// handshakeTimeout is what a Server gives a peer for the whole handshake.
const handshakeTimeout = 5 * time.Second

// Accept does a server's part of the simple handshake (section 5.2): S2 echoes
// C1 exactly, which strict clients check. Whether C2 echoes S1 is not checked,
// since encoders that sign their handshake send something else there. The caller sets a deadline.
func Accept(nc net.Conn) error {
	if err := handshake.HandshakeWithClient(&versionReader{nc: nc}, nc, &handshake.Config{SkipHandshakeVerification: true}); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	return nil
}

// Greet does a client's part, within a deadline that the caller sets.
func Greet(nc net.Conn) error {
	return handshake.HandshakeWithServer(&versionReader{nc: nc}, nc, &handshake.Config{SkipHandshakeVerification: true})
}

// versionReader checks the first byte, C0 or S0, which the library takes
// whatever it is: so a peer that speaks HTTP or TLS is told apart at once.
type versionReader struct {
	nc      net.Conn
	checked bool
}

func (v *versionReader) Read(b []byte) (int, error) {
	n, err := v.nc.Read(b)
	if n > 0 && !v.checked {
		v.checked = true
		switch {
		case b[0] == 0x16 || b[0] == 0x15:
			return 0, protocolError("the peer speaks TLS here: use rtmps:// with this port, or rtmp:// with another one")
		case b[0] == 'G' || b[0] == 'P' || b[0] == 'H' || b[0] == 'O':
			return 0, protocolError("the peer speaks HTTP here, not RTMP")
		case b[0] < 3 || b[0] > 31: // section 5.2.2: 0 to 2 are obsolete, 32 and up are text
			return 0, protocolError("the peer does not speak RTMP: its first byte is 0x%02x", b[0])
		}
	}
	return n, err
}
