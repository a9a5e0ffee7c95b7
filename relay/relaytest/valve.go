package relaytest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// valve is an accepted TCP connection, under TLS if there is any, whose reading
// can be stopped at once and at an exact byte, and which ends as told.
type valve struct {
	net.Conn // tcp, without its shortcuts around Read
	tcp      *net.TCPConn
	gate     gate
	gone     chan struct{} // closed with the connection
	closing  sync.Once

	mu       sync.Mutex // guards the rest
	read     int64      // bytes read
	marks    []mark
	draining bool
}

// mark is something to do when so many bytes have been read.
type mark struct {
	at int64
	do func()
}

func newValve(tcp *net.TCPConn) *valve {
	return &valve{Conn: tcp, tcp: tcp, gone: make(chan struct{})}
}

// Read reads at most up to the next mark, and nothing while the valve is shut.
func (v *valve) Read(b []byte) (int, error) {
	for {
		if !v.gate.pass(v.gone) {
			return 0, net.ErrClosed
		}
		n, err := v.tcp.Read(b[:v.room(len(b))])
		drained := v.count(n)
		switch {
		case n > 0 && !drained:
			return n, nil
		case n > 0: // nobody wants it any more
		case errors.Is(err, os.ErrDeadlineExceeded): // stop woke it
		case drained:
			return 0, io.EOF
		default:
			return 0, err
		}
	}
}

// room is how many of n bytes may be read before something is to be done.
func (v *valve) room(n int) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.marks {
		if left := m.at - v.read; left > 0 && left < int64(n) {
			n = int(left)
		}
	}
	return n
}

// count adds n bytes, does what is due, and tells whether bytes are to be dropped.
func (v *valve) count(n int) (drained bool) {
	v.mu.Lock()
	v.read += int64(n)
	var due []func()
	for _, m := range v.marks {
		if n > 0 && m.at == v.read {
			due = append(due, m.do)
		}
	}
	drained = v.draining
	v.mu.Unlock()
	for _, do := range due {
		do()
	}
	return drained
}

func (v *valve) bytes() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.read
}

// stop stops reading, also in a Read that waits for bytes now.
func (v *valve) stop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.draining {
		return
	}
	v.gate.shut()
	_ = v.tcp.SetReadDeadline(time.Unix(1, 0))
}

func (v *valve) resume() {
	v.mu.Lock()
	defer v.mu.Unlock()
	_ = v.tcp.SetReadDeadline(time.Time{})
	v.gate.open()
}

// reset ends the connection with RST.
func (v *valve) reset() {
	v.closing.Do(func() {
		_ = v.tcp.SetLinger(0)
		close(v.gone)
		_ = v.tcp.Close()
	})
}

// finish ends the connection with FIN, once the peer has closed its side too or
// patience is over: to close over unread bytes would send RST.
func (v *valve) finish(patience time.Duration) {
	v.mu.Lock()
	v.draining = true
	v.mu.Unlock()
	_ = v.tcp.CloseWrite()
	v.resume()
	time.AfterFunc(patience, v.close)
}

func (v *valve) close() {
	v.closing.Do(func() {
		close(v.gone)
		_ = v.tcp.Close()
	})
}
