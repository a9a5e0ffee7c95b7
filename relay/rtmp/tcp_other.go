//go:build !linux

package rtmp

import "net"

// acknowledged cannot be known here.
func acknowledged(net.Conn) (n uint64, ok bool) { return 0, false }

func limitUnsent(net.Conn, int) {}
