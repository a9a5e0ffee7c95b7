package rtmp

import (
	"crypto/tls"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// trier writes to a socket without waiting for it.
type trier struct {
	raw     syscall.RawConn
	vectors []unix.Iovec // of one write; reused
	write   func(fd uintptr) bool
	n       int
	err     error
}

// newTrier returns nil where that cannot be done: over TLS a write may have to
// wait, and what is not a socket cannot be asked.
func newTrier(nc net.Conn) *trier {
	if _, secure := nc.(*tls.Conn); secure {
		return nil
	}
	sc, isSocket := nc.(syscall.Conn)
	if !isSocket {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	t := &trier{raw: raw}
	t.write = t.writev // made once: a method value allocates
	return t
}

// maxVectors is what the kernel takes in one call (UIO_MAXIOV).
const maxVectors = 1024

// send writes as much of bufs as the kernel takes at once and returns how much
// that was. To take nothing is no error.
func (t *trier) send(bufs net.Buffers) (int, error) {
	t.vectors = t.vectors[:0]
	for _, b := range bufs[:min(len(bufs), maxVectors)] {
		v := unix.Iovec{Base: &b[0]}
		v.SetLen(len(b))
		t.vectors = append(t.vectors, v)
	}
	t.n, t.err = 0, nil
	err := t.raw.Write(t.write)
	clear(t.vectors) // do not keep bodies alive
	if err == nil {
		err = t.err
	}
	return t.n, err
}

// writev is one attempt. It returns true whatever comes of it: false would wait.
func (t *trier) writev(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall(unix.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&t.vectors[0])), uintptr(len(t.vectors)))
		switch errno {
		case 0:
			t.n = int(n)
		case unix.EINTR:
			continue
		case unix.EAGAIN:
		default:
			t.err = errno
		}
		return true
	}
}
