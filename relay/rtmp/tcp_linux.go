package rtmp

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// acknowledged is how many bytes the peer's TCP has acknowledged since the
// connection began (TCP_INFO's tcpi_bytes_acked, see tcp(7)). It grows while a
// write is still under way. ok is false where it cannot be known.
func acknowledged(nc net.Conn) (n uint64, ok bool) {
	sc, isSocket := nc.(syscall.Conn)
	if !isSocket {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	var info *unix.TCPInfo
	var infoErr error
	err = raw.Control(func(fd uintptr) { info, infoErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	if err != nil || infoErr != nil || info.Bytes_acked == 0 {
		return 0, false
	}
	return info.Bytes_acked - 1, true // the first one is the SYN
}

// limitUnsent makes the kernel take no more than so many bytes beyond those that
// are on their way to the peer (TCP_NOTSENT_LOWAT, see tcp(7)).
func limitUnsent(nc net.Conn, bytes int) {
	sc, isSocket := nc.(syscall.Conn)
	if !isSocket {
		return
	}
	if raw, err := sc.SyscallConn(); err == nil { // without it there is only more delay
		_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes) })
	}
}
