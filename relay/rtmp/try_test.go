package rtmp

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"runtime"
	"testing"
	"time"
)

// tryPair is a connection that can be tried, and its peer.
func tryPair(t testing.TB, secure bool) (c *Conn, far net.Conn) {
	t.Helper()
	if !canTry {
		t.Skipf("there is no write that does not wait on %s", runtime.GOOS)
	}
	near, far := tcpPair(t)
	if !secure {
		c = NewConn(near, Limits{})
		c.out.chunkSize = outChunkSize
		return c, far
	}
	w := newWire(near)
	client := tls.Client(w, &tls.Config{InsecureSkipVerify: true})
	server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	shaken := make(chan error, 1)
	go func() { shaken <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	c = NewConn(client, Limits{})
	c.out.chunkSize, c.wire = outChunkSize, w
	return c, server
}

func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// plainAndSecure runs a test for both.
func plainAndSecure(t *testing.T, test func(t *testing.T, secure bool)) {
	t.Run("plain", func(t *testing.T) { test(t, false) })
	t.Run("TLS", func(t *testing.T) { test(t, true) })
}

// receive reads messages as the peer and compares their bodies and times.
func receive(t *testing.T, far net.Conn, want []Message) {
	t.Helper()
	in := NewConn(far, afterPublish())
	in.MuteAcks()
	in.in.chunkSize = outChunkSize
	for i, w := range want {
		m, err := in.ReadMessage()
		if err != nil {
			t.Fatalf("message %d of %d: %v", i, len(want), err)
		}
		if m.Time != w.Time || m.Type != w.Type || !bytes.Equal(m.Body, w.Body) {
			t.Fatalf("message %d is %d bytes of type %d at %d, want %d of %d at %d", i, len(m.Body), m.Type, m.Time, len(w.Body), w.Type, w.Time)
		}
	}
}

// A peer that does not read takes a part; what is left goes out first, whoever
// writes next.
func TestTryWriteLeavesTheRest(t *testing.T) { plainAndSecure(t, leavesTheRest) }

func leavesTheRest(t *testing.T, secure bool) {
	c, far := tryPair(t, secure)
	var s Scratch
	var sent []Message
	for i := uint32(0); ; i++ {
		batch := []Message{{TypeAudio, 1, i, pattern(100, byte(i))}, {TypeVideo, 1, i, pattern(70_000, byte(i))}}
		done, none, err := c.TryWrite(&s, batch)
		if err != nil || none {
			t.Fatalf("none %v, %v", none, err)
		}
		sent = append(sent, batch...)
		s.Reset()
		if !done {
			break
		}
		if i > 1000 {
			t.Fatal("a peer that does not read takes everything")
		}
	}
	late := Message{TypeVideo, 1, 9000, pattern(5000, 7)}
	if done, none, err := c.TryWrite(&s, []Message{late}); done || !none || err != nil {
		t.Errorf("while there is a rest: done %v, none %v, %v; want none", done, none, err)
	}
	written := make(chan error, 1)
	go func() { written <- c.Write(late) }() // as the answer to a ping would be
	receive(t, far, append(sent, late))
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if done, _, err := c.TryWrite(&s, []Message{late}); !done || err != nil {
		t.Errorf("after the rest: done %v, %v", done, err)
	}
}

// Connections that share a scratch get what each is to get, whether it is the
// same as what the one before got or not.
func TestTryWriteSharesTheSame(t *testing.T) { plainAndSecure(t, sharesTheSame) }

func sharesTheSame(t *testing.T, secure bool) {
	var s Scratch
	video, audio := pattern(30_000, 1), pattern(300, 2)
	at := func(stream, time uint32) []Message {
		return []Message{{TypeVideo, stream, time, video}, {TypeAudio, stream, time + 1, audio}}
	}
	batches := [][]Message{at(1, 40), at(1, 40), at(1, 40), at(1, 80), at(7, 80), at(7, 80), at(1, 40), {{TypeVideo, 1, 40, video}}, at(1, 40)}
	type pair struct {
		c   *Conn
		far net.Conn
	}
	var pairs []pair
	for _, batch := range batches {
		c, far := tryPair(t, secure)
		pairs = append(pairs, pair{c, far})
		if done, _, err := c.TryWrite(&s, batch); !done || err != nil {
			t.Fatalf("done %v, %v", done, err)
		}
	}
	for i, p := range pairs {
		receive(t, p.far, batches[i])
	}
	other, far := tryPair(t, secure)
	other.out.chunkSize = 4096
	if done, _, err := other.TryWrite(&s, batches[8]); !done || err != nil {
		t.Fatalf("done %v, %v", done, err)
	}
	in := NewConn(far, afterPublish())
	in.in.chunkSize = 4096
	if m, err := in.ReadMessage(); err != nil || !bytes.Equal(m.Body, video) {
		t.Errorf("a connection with another chunk size got another message: %v", err)
	}
}

// Of TLS it is not asked: that has a pool for its records.
func TestTryWriteAllocatesNothing(t *testing.T) {
	c, far := tryPair(t, false)
	go func() {
		buf := make([]byte, 1<<20)
		for {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	}()
	var s Scratch
	batch := []Message{{TypeVideo, 1, 0, pattern(2000, 1)}}
	try := func() {
		if _, _, err := c.TryWrite(&s, batch); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.TryWrite(&s, batch); err != nil {
			t.Fatal(err)
		}
		s.Reset()
	}
	try()
	if n := testing.AllocsPerRun(20, try); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTryWriteTellsOfTheEnd(t *testing.T) { plainAndSecure(t, tellsOfTheEnd) }

func tellsOfTheEnd(t *testing.T, secure bool) {
	c, _ := tryPair(t, secure)
	_ = c.Close()
	var s Scratch
	if done, none, err := c.TryWrite(&s, []Message{{TypeVideo, 1, 0, pattern(100, 1)}}); done || none || err == nil {
		t.Errorf("on a closed connection: done %v, none %v, %v; want an error", done, none, err)
	}
}

// A write that has failed, perhaps within a message, is the last one.
func TestNothingFollowsAFailedWrite(t *testing.T) { plainAndSecure(t, nothingFollows) }

func nothingFollows(t *testing.T, secure bool) {
	c, _ := tryPair(t, secure)
	c.patience = 20 * time.Millisecond
	message := Message{TypeVideo, 1, 0, pattern(16<<20, 1)}
	failure := c.Write(message)
	if failure == nil {
		t.Fatal("a peer that does not read takes everything")
	}
	var s Scratch
	if _, _, err := c.TryWrite(&s, []Message{message}); err != failure {
		t.Errorf("TryWrite after it: %v, want %v", err, failure)
	}
	if err := c.Write(message); err != failure {
		t.Errorf("Write after it: %v, want %v", err, failure)
	}
}

// What TLS writes by itself must not find a deadline of an earlier write.
func TestWireHasNoOldDeadline(t *testing.T) {
	c, _ := tryPair(t, true)
	c.patience = 10 * time.Millisecond
	if err := c.Write(Message{TypeVideo, 1, 0, pattern(100, 1)}); err != nil {
		t.Fatal(err)
	}
	<-time.After(2 * c.patience)
	if _, err := c.nc.Write([]byte("keys")); err != nil {
		t.Errorf("TLS's own write: %v", err)
	}
}

// TLS writes by itself when keys change: what it says then is in its place among
// the records of a batch that waits.
func TestWireKeepsTheOrder(t *testing.T) {
	near, far := tcpPair(t)
	w := newWire(near)
	if w.raw == nil {
		t.Skip("there is no write that does not wait here")
	}
	var p plainWriter
	var sent []byte
	say := func(what string, write func([]byte) (int, error)) {
		t.Helper()
		if _, err := write([]byte(what)); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, what...)
	}
	big := string(pattern(100_000, 1))
	for done := true; done; {
		if !w.gather(nil) {
			t.Fatal("there is something left over before anything was")
		}
		say("batch", w.Write)
		say(big, w.Write)
		say("keys", w.Write)
		var err error
		if done, _, err = w.push(&p); err != nil {
			t.Fatal(err)
		}
	}
	if w.gather(nil) {
		t.Error("a batch is gathered before the last one is out")
	}
	more := []byte("more keys")
	sent = append(sent, more...)
	go func() { _, _ = w.Write(more); _ = near.Close() }()
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came of %d, %v; want the same", len(got), len(sent), err)
	}
}

// BenchmarkTryWrite is a frame to two destinations whose clocks agree.
func BenchmarkTryWrite(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		var s Scratch
		batch := []Message{{TypeVideo, 1, 0, pattern(16<<10, 1)}}
		var all []*Conn
		for range 2 {
			c, far := tryPair(b, false)
			all = append(all, c)
			go func() { _, _ = io.Copy(io.Discard, far) }()
		}
		b.SetBytes(2 * 16 << 10)
		b.ReportAllocs()
		for b.Loop() {
			for _, c := range all {
				done, _, err := c.TryWrite(&s, batch)
				if err == nil && !done {
					err = c.Write() // the reader is behind
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			s.Reset()
		}
	})
}
