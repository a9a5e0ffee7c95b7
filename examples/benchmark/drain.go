package main

import (
	"errors"
	"net"
	"sync"
)

// errStalled is how a consumer says that it wants no more, and that the
// connection must stay open all the same.
var errStalled = errors.New("stalled")

// buffers are lent while there is something to read, so that a thousand sinks
// use one or two, which stay in the processor's cache.
type buffers struct{ pool sync.Pool }

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { b := make([]byte, 4*readBuffer); return &b }}}
}

// drain reads nc to its end and hands over what comes. The error is the
// consumer's.
func drain(nc net.Conn, b *buffers, feed func([]byte) error) error {
	if tcp, ok := nc.(*net.TCPConn); ok {
		return drainSocket(tcp, b, feed)
	}
	return drainReader(nc, make([]byte, tlsRecord), feed)
}

// tlsRecord is what one read of TLS can give (RFC 8446 section 5.1).
const tlsRecord = 16 << 10

func drainReader(nc net.Conn, buf []byte, feed func([]byte) error) error {
	for {
		n, err := nc.Read(buf)
		if ferr := feed(buf[:n]); ferr != nil {
			return ferr
		}
		if err != nil {
			return nil
		}
	}
}
