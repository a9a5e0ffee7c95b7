package relaytest

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// lineBuffer is SO_RCVBUF and SO_SNDBUF of a proxy's sockets in bytes: small,
// so that the kernel does not hide what the line does.
const lineBuffer = 64 << 10

// piece is how many bytes travel together at most.
const piece = 8 << 10

// link is one connection through a proxy.
type link struct {
	proxy  *Proxy
	client *net.TCPConn
	target *net.TCPConn
	gone   chan struct{}

	mu    sync.Mutex // guards ended and the change of target from nil
	ended bool
}

// attach adds the target's side, unless the link has ended meanwhile.
func (l *link) attach(target *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
	for _, c := range []*net.TCPConn{l.client, target} {
		_ = c.SetReadBuffer(lineBuffer)
		_ = c.SetWriteBuffer(lineBuffer)
	}
	return !l.ended
}

func (l *link) reset() {
	l.end(func(c *net.TCPConn) {
		_ = c.SetLinger(0)
		_ = c.Close()
	})
}

func (l *link) close() { l.end(func(c *net.TCPConn) { _ = c.Close() }) }

// hangup sends FIN both ways and closes a second later, in case a peer does not.
func (l *link) hangup() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	for _, c := range l.sides() {
		_ = c.CloseWrite()
	}
	time.AfterFunc(patience, l.close)
}

func (l *link) end(do func(*net.TCPConn)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		close(l.gone)
	}
	for _, c := range l.sides() { // closing twice does no harm
		do(c)
	}
}

func (l *link) sides() []*net.TCPConn {
	if l.target == nil {
		return []*net.TCPConn{l.client}
	}
	return []*net.TCPConn{l.client, l.target}
}

// parcel is bytes under way.
type parcel struct {
	bytes []byte
	due   time.Time
}

// carry brings bytes one way, until its source ends; then FIN goes on.
func (l *link) carry(way Direction, from, to *net.TCPConn) {
	// A full channel leaves the rest to the kernel, and the next reads gather
	// small writes: so counting parcels bounds bytes and wastes little.
	line := make(chan parcel, max(1, l.proxy.conf.Buffer/piece))
	var writing sync.WaitGroup
	writing.Go(func() { l.deliver(way, line, to) })
	defer writing.Wait()
	defer close(line)
	clock := &schedule{last: time.Now()}
	for {
		if !l.proxy.gates[way].pass(l.gone) {
			return
		}
		b := make([]byte, piece)
		n, err := from.Read(b)
		if n > 0 {
			select {
			case line <- parcel{b[:n], clock.due(l.proxy.current(), n)}:
			case <-l.gone:
				return
			}
		}
		if err != nil {
			if err != io.EOF && l.proxy.gates[way].pass(l.gone) {
				l.reset() // what came as RST goes on as RST
			}
			return
		}
	}
}

// deliver writes each parcel when it is due.
func (l *link) deliver(way Direction, line <-chan parcel, to *net.TCPConn) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for p := range line {
		timer.Reset(time.Until(p.due))
		select {
		case <-timer.C:
		case <-l.gone:
		}
		if l.proxy.gates[way].pass(l.gone) {
			_, _ = to.Write(p.bytes) // what fails here is read by the other way
		}
	}
	select {
	case <-l.gone: // whoever ended the link says how
	default:
		_ = to.CloseWrite()
	}
}

// schedule says when bytes arrive on a line.
type schedule struct {
	last time.Time // nothing arrives before what was sent earlier
	free time.Time // when the line can take the next byte
}

func (s *schedule) due(line Line, n int) time.Time {
	now := time.Now()
	if s.free.Before(now) {
		s.free = now
	}
	if line.Rate > 0 {
		s.free = s.free.Add(time.Duration(float64(n) / float64(line.Rate) * float64(time.Second)))
	}
	due := s.free.Add(line.Latency)
	if line.Jitter > 0 {
		due = due.Add(rand.N(line.Jitter))
	}
	if due.Before(s.last) {
		due = s.last
	}
	s.last = due
	return due
}
