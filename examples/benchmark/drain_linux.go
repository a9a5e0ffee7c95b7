package main

import (
	"net"
	"syscall"
)

// drainSocket reads as a level-triggered loop would: one system call for what
// has come. net.Conn.Read would make a second one each time, only to learn that
// there is nothing more, and a benchmark's own cost is what limits it.
func drainSocket(nc *net.TCPConn, b *buffers, feed func([]byte) error) error {
	raw, err := nc.SyscallConn()
	if err != nil {
		return nil
	}
	var failed error
	_ = raw.Read(func(fd uintptr) (done bool) {
		buf := b.pool.Get().(*[]byte)
		defer b.pool.Put(buf)
		done, failed = drainNow(int(fd), *buf, feed)
		return done
	})
	return failed
}

// drainNow reads what has come. It is done when nothing will come any more.
func drainNow(fd int, buf []byte, feed func([]byte) error) (done bool, err error) {
	for {
		n, err := syscall.Read(fd, buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false, nil
		case err != nil || n <= 0:
			return true, nil
		}
		if err := feed(buf[:n]); err != nil {
			return true, err
		}
		if n < len(buf) {
			return false, nil // whatever comes now wakes us
		}
	}
}
