package rtmp

import (
	"net"
	"time"
)

// idleReader reads from a connection that must not fall silent.
type idleReader struct {
	nc      net.Conn
	ended   func() error // not nil once begin was called
	first   time.Time    // until when the first media must be there
	flowing bool         // it is
	silence time.Duration
}

// begin puts the limits into force: first until media flows, silence after.
func (r *idleReader) begin(ended func() error, first time.Time, silence time.Duration) {
	r.ended, r.first, r.silence = ended, first, silence
}

func (r *idleReader) Read(b []byte) (int, error) {
	if r.ended != nil {
		deadline := r.first
		if r.flowing {
			deadline = time.Now().Add(r.silence)
		}
		if err := r.nc.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
		// The session may have been ended, and the deadline with it, just before.
		if err := r.ended(); err != nil {
			return 0, err
		}
	}
	return r.nc.Read(b)
}
