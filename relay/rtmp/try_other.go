//go:build !linux

package rtmp

import "net"

// trier is not known how to make here.
type trier struct{}

func newTrier(net.Conn) *trier { return nil }

func (*trier) send(net.Buffers) (int, error) { return 0, nil }
