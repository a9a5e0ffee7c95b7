package rtmp

import (
	"bytes"
	"net"
	"runtime"
	"testing"
)

// tryPair is a connection that can be tried, and its peer.
func tryPair(t testing.TB) (c *Conn, far net.Conn) {
	t.Helper()
	if !canTry {
		t.Skipf("there is no write that does not wait on %s", runtime.GOOS)
	}
	near, far := tcpPair(t)
	c = NewConn(near, Limits{})
	c.out.chunkSize = outChunkSize
	return c, far
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
func TestTryWriteLeavesTheRest(t *testing.T) {
	c, far := tryPair(t)
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
func TestTryWriteSharesTheSame(t *testing.T) {
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
		c, far := tryPair(t)
		pairs = append(pairs, pair{c, far})
		if done, _, err := c.TryWrite(&s, batch); !done || err != nil {
			t.Fatalf("done %v, %v", done, err)
		}
	}
	for i, p := range pairs {
		receive(t, p.far, batches[i])
	}
	other, far := tryPair(t)
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

func TestTryWriteAllocatesNothing(t *testing.T) {
	c, far := tryPair(t)
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

func TestTryWriteTellsOfTheEnd(t *testing.T) {
	c, _ := tryPair(t)
	_ = c.Close()
	var s Scratch
	if done, none, err := c.TryWrite(&s, []Message{{TypeVideo, 1, 0, pattern(100, 1)}}); done || none || err == nil {
		t.Errorf("on a closed connection: done %v, none %v, %v; want an error", done, none, err)
	}
}
