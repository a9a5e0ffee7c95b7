package rtmp_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// heap is what the process holds, garbage aside.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// TestMalformedHandshakes is T24: ten thousand of them, while a good publisher
// comes and goes. They all come from one address, whose 32 places they share
// with whoever else is there (TestServerPending); the good one has another.
func TestMalformedHandshakes(t *testing.T) {
	total, workers := 10_000, 24
	if testing.Short() {
		total = 1000
	}
	s := open(t, rtmp.ServerConfig{})
	before := heap()
	jobs := make(chan uint64)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for seed := range jobs {
				attack(t, s.addr, malformed(rand.New(rand.NewPCG(seed, 24))))
			}
		})
	}
	good := make(chan []time.Duration, 1)
	stop := make(chan struct{})
	go func() { good <- comeAndGo(t, s, stop) }()
	var most uint64
	for i := range total {
		jobs <- uint64(i)
		if i%2000 == 1999 {
			most = max(most, heap())
		}
	}
	close(jobs)
	wg.Wait()
	close(stop)
	took := <-good
	if len(took) < 10 {
		t.Errorf("the good publisher came only %d times", len(took))
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf("good publisher: %d times, median %v, p99 %v; heap grew by at most %d KiB", len(took), took[len(took)/2], p99, int64(most-before)>>10)
	if p99 > 500*time.Millisecond {
		t.Errorf("the good publisher's p99 was %v", p99)
	}
	if grown := int64(most) - int64(before); grown > 32<<20 {
		t.Errorf("heap grew by %d bytes", grown)
	}
	if n := s.metric(t, "hawker_panics_total"); n != 0 {
		t.Errorf("%v panics", n)
	}
}

// comeAndGo publishes again and again, and returns how long each took to get in.
func comeAndGo(t *testing.T, s *studio, stop chan struct{}) (took []time.Duration) {
	for {
		select {
		case <-stop:
			return took
		case <-time.After(5 * time.Millisecond):
		}
		begun := time.Now()
		if err := publishOnce(s.addr); err != nil {
			t.Errorf("the good publisher: %v", err)
			return append(took, time.Hour)
		}
		took = append(took, time.Since(begun))
		(<-s.recorders).wantClosed(t, true)
	}
}

// publishOnce goes through a session from another address than the attackers'.
func publishOnce(addr string) error {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	if err := rtmp.Greet(nc); err != nil {
		return err
	}
	c := rtmp.NewConn(nc, rtmp.Limits{})
	connect, _ := rtmp.NewCommand(0, "connect", 1, map[string]any{"app": "live"})
	publish, _ := rtmp.NewCommand(1, "publish", 5, nil, "key", "live")
	bye, _ := rtmp.NewCommand(1, "deleteStream", 6, nil, 1)
	if err := c.Write(connect, publish); err != nil {
		return err
	}
	for {
		m, err := c.ReadMessage()
		if err != nil {
			return err
		}
		if cmd, err := rtmp.ParseCommand(m.Body); err == nil && cmd.Name == "onStatus" {
			return c.Write(bye)
		}
	}
}

// attack says one thing, waits for an answer or not, and leaves. It resets the
// connection: thousands of closed ones would use up the ports.
func attack(t *testing.T, addr string, say []byte) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Errorf("dial: %v", err)
		return
	}
	defer func() { _ = nc.Close() }()
	_ = nc.(*net.TCPConn).SetLinger(0)
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = nc.Write(say)
	if len(say)%3 != 0 { // an end of file rather than a reset
		_ = nc.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, nc); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("hung after %d bytes: %x", len(say), say[:min(len(say), 16)])
		}
	}
}

// malformed makes one of the ways in which a handshake can be wrong.
func malformed(rnd *rand.Rand) []byte {
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return b
	}
	whole := append([]byte{3}, random(2*packet1536)...)
	switch rnd.IntN(8) {
	case 0: // cut off
		return whole[:rnd.IntN(len(whole))]
	case 1: // another version
		whole[0] = byte(rnd.IntN(256))
		return whole
	case 2:
		return random(rnd.IntN(4000))
	case 3:
		return append([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), random(rnd.IntN(50))...)
	case 4:
		return append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3}, random(rnd.IntN(600))...)
	case 5: // a whole one with an odd echo, then chunks of nonsense
		return append(whole, random(rnd.IntN(2000))...)
	case 6: // a whole one, then nothing
		return whole
	}
	return append(bytes.Repeat([]byte{3}, 1+rnd.IntN(packet1536)), whole...) // shifted
}
