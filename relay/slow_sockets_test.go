package relay_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestSlowSocketsKeepNobodyOut opens a thousand sockets that say a byte in ten
// seconds, half of them after a whole handshake, from so many addresses that
// all places for strangers are taken. It counts goroutines: it is not parallel.
func TestSlowSocketsKeepNobodyOut(t *testing.T) {
	const sockets, addresses = 1000, 50
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := start(t, relay.Config{Streams: []relay.Stream{stream("main", to("d", p)), stream("other")}})
	e := r.encodeTo(relaytest.EncoderConfig{}, p)
	before := runtime.NumGoroutine()

	var attack, good sync.WaitGroup
	over := make(chan struct{})
	lasted := make([]time.Duration, sockets)
	for i := range sockets {
		from := fmt.Sprintf("127.0.6.%d", 1+i%addresses)
		attack.Go(func() { lasted[i] = r.trickle(from, i/addresses%2 == 1) })
	}
	good.Go(func() { r.getsIn(over) })
	attack.Wait()
	close(over)
	good.Wait()

	slices.Sort(lasted)
	t.Logf("sockets lasted from %v to %v, half of them %v", lasted[0], lasted[sockets-1], lasted[sockets/2])
	if longest := lasted[sockets-1]; longest > 10*time.Second+noise {
		t.Errorf("a slow socket was open for %v, want 10 s at most", longest)
	}
	eventually(t, time.Second+noise, "goroutines are back", func() bool { return runtime.NumGoroutine() <= before+5 })
	checkUndisturbed(t, "d", e, p)
}

// trickle says a byte at once and one every ten seconds, until it is turned out,
// and returns how long that took from the handshake or, without one, the dial.
func (r *rig) trickle(from string, afterHandshake bool) time.Duration {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	nc, err := d.Dial("tcp", r.Addr().String())
	if err != nil {
		r.t.Errorf("dial: %v", err)
		return 0
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(time.Minute))
	begun := time.Now()
	if afterHandshake {
		if rtmp.Greet(nc) != nil { // it was turned out already
			return time.Since(begun)
		}
		begun = time.Now()
	}
	say := func() { _, _ = nc.Write([]byte{3}) } // RTMP's version, or the beginning of a chunk
	say()
	slowly := time.NewTicker(10 * time.Second)
	defer slowly.Stop()
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = io.Copy(io.Discard, nc) }()
	for {
		select {
		case <-slowly.C:
			say()
		case <-ended:
			return time.Since(begun)
		}
	}
}

// getsIn publishes again and again until over, and sees that it is always let in
// and takes no more than half a second, but for one time in twenty: a thousand
// sockets that come at once keep the machine busy.
func (r *rig) getsIn(over <-chan struct{}) {
	var took []time.Duration
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("other")})
		begun := time.Now()
		if err := e.Start(r.t.Context()); err != nil {
			r.t.Errorf("a good publisher, time %d: %v", len(took)+1, err)
			return
		}
		took = append(took, time.Since(begun))
		e.Stop()
		select {
		case <-over:
			slices.Sort(took)
			p95 := took[len(took)*95/100]
			r.t.Logf("a good publisher got in %d times: p50 %v, p95 %v, max %v", len(took), took[len(took)/2], p95, took[len(took)-1])
			if p95 > 500*time.Millisecond+noise/2 {
				r.t.Errorf("a good publisher took %v to get in, want 500 ms at most", p95)
			}
			return
		case <-pause.C:
		}
	}
}
