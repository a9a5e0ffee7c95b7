package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"

	"github.com/hawker-live/hawker/relay/relaytest"
)

// perHost is how many destinations share an address of the loopback network. A
// relay may spare a host that many destinations want at once, as Hawker does:
// here they stand for many hosts.
const perHost = 3

// sinks are the servers that a relay publishes to.
type sinks struct {
	tally   *tally
	clock   clock
	secure  *tls.Config // nil for RTMP
	stalled bool        // stop reading once a stream has begun
	buffers *buffers

	listeners []net.Listener
	places    []place // in order of destinations
	byKey     map[string]*judge

	mu    sync.Mutex // guards open and done
	open  map[net.Conn]struct{}
	done  bool
	conns sync.WaitGroup

	closing chan struct{} // closed by close
}

// newSinks listens for what a scenario needs. The CA signs for RTMPS.
func newSinks(sc scenario, ledgers []*ledger, c clock, ca *relaytest.CA) (*sinks, error) {
	s := &sinks{tally: &tally{}, clock: c, stalled: sc.Stalled, buffers: newBuffers(), byKey: map[string]*judge{}, open: map[net.Conn]struct{}{}, closing: make(chan struct{})}
	scheme := "rtmp"
	if sc.TLS {
		scheme = "rtmps"
		var err error
		if s.secure, err = ca.Valid(hosts(sc.total())...); err != nil {
			return nil, err
		}
	}
	for i := range sc.total() {
		if i%perHost == 0 {
			if err := s.listen(host(i)); err != nil {
				s.close()
				return nil, err
			}
		}
		key := fmt.Sprintf("key-of-destination-%d", i)
		s.byKey[key] = &judge{tally: s.tally, ledger: ledgers[i/sc.Destinations]}
		s.places = append(s.places, place{fmt.Sprintf("%s://%s/live", scheme, s.listeners[i/perHost].Addr()), key})
	}
	return s, nil
}

// host is a destination's address: 127.1.0.1 and on.
func host(destination int) string {
	h := destination/perHost + 1
	return net.IPv4(127, 1, byte(h>>8), byte(h)).String()
}

func hosts(destinations int) (out []string) {
	for i := 0; i < destinations; i += perHost {
		out = append(out, host(i))
	}
	return out
}

func (s *sinks) listen(host string) error {
	ln, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("listen for destinations: %w", err)
	}
	s.listeners = append(s.listeners, ln)
	s.conns.Go(func() { s.accept(ln) })
	return nil
}

func (s *sinks) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if err != nil { // closed, or out of file descriptors: then not all begin, which shows
			return
		}
		s.mu.Lock()
		if s.done {
			_ = nc.Close()
		} else {
			s.open[nc] = struct{}{}
			s.conns.Go(func() { s.serve(nc) })
		}
		s.mu.Unlock()
	}
}

// settled tells whether every destination has had the newest frame.
func (s *sinks) settled() bool {
	for _, j := range s.byKey {
		if j.next.Load() < j.ledger.next.Load() {
			return false
		}
	}
	return true
}

// missing is how many frames have not come by now that should have.
func (s *sinks) missing() (n int64) {
	for _, j := range s.byKey {
		n += int64(j.ledger.next.Load() - j.next.Load())
	}
	return n
}

// close ends all connections and waits for them.
func (s *sinks) close() {
	for _, ln := range s.listeners {
		_ = ln.Close()
	}
	close(s.closing)
	s.mu.Lock()
	s.done = true
	for nc := range s.open {
		_ = nc.Close()
	}
	s.mu.Unlock()
	s.conns.Wait()
}
