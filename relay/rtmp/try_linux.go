package rtmp

import (
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const canTry = true

// maxVectors is what the kernel takes in one call (UIO_MAXIOV).
const maxVectors = 1024

// plainWriter writes to sockets without waiting for them.
type plainWriter struct {
	vectors []unix.Iovec     // of one write; reused
	write   func(fd uintptr) // writev, made once: a method value allocates
	n       int
	errno   syscall.Errno
}

// send writes as much of bufs as the kernel takes at once and returns how much
// that was. To take nothing is no error.
func (p *plainWriter) send(raw syscall.RawConn, bufs net.Buffers) (int, error) {
	if p.write == nil {
		p.write = p.writev
	}
	p.vectors = p.vectors[:0]
	for _, b := range bufs[:min(len(bufs), maxVectors)] {
		if len(b) == 0 {
			continue
		}
		v := unix.Iovec{Base: &b[0]}
		v.SetLen(len(b))
		p.vectors = append(p.vectors, v)
	}
	if len(p.vectors) == 0 {
		return 0, nil
	}
	p.n, p.errno = 0, 0
	// Control and not Write: that would look for a deadline, and lock against
	// other writers, whom the connection's own lock keeps away.
	err := raw.Control(p.write)
	clear(p.vectors) // do not keep bodies alive
	if err == nil && p.errno != 0 && p.errno != unix.EAGAIN {
		err = p.errno
	}
	return p.n, err
}

// writev is one attempt. The call is raw since it does not block: told of it, the
// scheduler would hand this goroutine's processor to another thread whenever the
// kernel takes longer than 20 us, which for a large frame it does. The price is
// that a kernel which has to make room first holds up this processor meanwhile.
func (p *plainWriter) writev(fd uintptr) {
	call, from, length := uintptr(unix.SYS_WRITEV), unsafe.Pointer(&p.vectors[0]), uintptr(len(p.vectors))
	if length == 1 { // cheaper
		call, from, length = unix.SYS_WRITE, unsafe.Pointer(p.vectors[0].Base), uintptr(p.vectors[0].Len)
	}
	for {
		n, _, errno := unix.RawSyscall(call, fd, uintptr(from), length)
		if errno == unix.EINTR {
			continue
		}
		if p.errno = errno; errno == 0 {
			p.n = int(n)
		}
		return
	}
}
