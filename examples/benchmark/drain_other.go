//go:build !linux

package main

import "net"

func drainSocket(nc *net.TCPConn, _ *buffers, feed func([]byte) error) error {
	return drainReader(nc, make([]byte, readBuffer), feed)
}
