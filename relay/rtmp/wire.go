package rtmp

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// wire is the socket under TLS. It counts what goes out, the handshake included,
// and can gather what TLS writes, so that a whole batch of records goes out in
// one write that does not wait. TLS, which numbers its records, may write at any
// time by itself, to change keys: all it writes leaves in the order in which it
// came.
type wire struct {
	net.Conn
	raw  syscall.RawConn // nil where a write may have to wait
	sent atomic.Uint64

	mu        sync.Mutex // guards the rest, and is held during a write that may wait
	gathering bool
	gathered  []byte
	rest      []byte // gathered before, and not yet sent
}

func newWire(tcp net.Conn) *wire { return &wire{Conn: tcp, raw: rawOf(tcp)} }

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gathering {
		w.gathered = append(w.gathered, b...)
		return len(b), nil
	}
	if err := w.finish(); err != nil {
		return 0, err
	}
	return w.write(b)
}

func (w *wire) write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.sent.Add(uint64(n))
	return n, err
}

// gather puts what is written from now on into buf. It is false while something
// is left over, or is being written.
func (w *wire) gather(buf []byte) bool {
	if w.raw == nil || !w.mu.TryLock() {
		return false
	}
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		return false
	}
	w.gathering, w.gathered = true, buf
	return true
}

// push sends what was gathered, as far as the kernel takes it, and gives the
// buffer back.
func (w *wire) push(p *plainWriter) (done bool, buf []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	buf, w.gathering, w.gathered = w.gathered, false, nil
	n, err := p.send(w.raw, net.Buffers{buf})
	w.sent.Add(uint64(n))
	if n < len(buf) {
		w.rest = bytes.Clone(buf[n:])
	}
	return n == len(buf), buf[:0], err
}

// busy tells whether a write waits.
func (w *wire) busy() bool {
	if !w.mu.TryLock() {
		return true
	}
	w.mu.Unlock()
	return false
}

// flush sends what is left over.
func (w *wire) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.finish()
}

func (w *wire) finish() error {
	if len(w.rest) == 0 {
		return nil
	}
	_, err := w.write(w.rest)
	w.rest = nil
	return err
}
