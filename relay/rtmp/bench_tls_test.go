package rtmp_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// BenchmarkTLSWriter writes a batch of 8 messages, 128 KiB, as one destination
// does over RTMPS: the one buffer that TLS wants must be used again.
func BenchmarkTLSWriter(b *testing.B) {
	nc := secureConn(b)
	c := rtmp.NewConn(nc, rtmp.Limits{})
	const size = 16 << 10
	batch := []rtmp.Message{{Type: rtmp.TypeSetChunkSize, Body: binary.BigEndian.AppendUint32(nil, 65536)}}
	if err := c.Write(batch...); err != nil {
		b.Fatal(err)
	}
	batch = batch[:0]
	for i := range 8 {
		batch = append(batch, rtmp.Message{Type: rtmp.TypeVideo, StreamID: 1, Body: bytes.Repeat([]byte{byte(i)}, size)})
	}
	b.SetBytes(int64(len(batch) * size))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Write(batch...); err != nil {
			b.Fatal(err)
		}
	}
}

// secureConn is a client's TLS connection. Its peer takes everything, and does
// not decrypt it: that would allocate.
func secureConn(b *testing.B) net.Conn {
	b.Helper()
	ca := newAuthority(b)
	conf := &tls.Config{Certificates: []tls.Certificate{ca.server(b, "localhost", time.Hour)}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		far, err := ln.Accept()
		if err != nil {
			return
		}
		defer func() { _ = far.Close() }()
		if tls.Server(far, conf).Handshake() == nil {
			_, _ = io.Copy(io.Discard, far)
		}
	}()
	near, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: ca.pool(), ServerName: "localhost"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = near.Close(); _ = ln.Close(); <-done })
	return near
}
