package relaytest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Line is how a Proxy carries bytes. The zero value is a good line.
type Line struct {
	// Latency is added each way, and up to Jitter more at random; bytes never
	// overtake each other.
	Latency, Jitter time.Duration
	// Rate is in bytes per second each way; 0 is as fast as it goes.
	Rate int
}

// Direction is one way through a proxy, or both.
type Direction int

// The directions.
const (
	Up   Direction = 1 // from the client that dialled to the target
	Down Direction = 2 // from the target to the client
	Both           = Up | Down
)

// ProxyConfig is between whom a proxy stands. Target is the host and port.
type ProxyConfig struct {
	Target string
	Line   Line
	// Buffer is how many bytes may be under way in each direction, apart from
	// the kernel's buffers, which are kept small too: 256 KiB. A line of much
	// rate and latency needs more: the product of both.
	Buffer int
}

// Proxy is a TCP proxy that is a bad line. Its methods may be called from any
// goroutine.
type Proxy struct {
	conf   ProxyConfig
	gates  map[Direction]*gate // Up and Down
	quit   chan struct{}
	wg     sync.WaitGroup
	bell   bell
	closed sync.Once

	mu    sync.Mutex // guards the rest
	ln    net.Listener
	line  Line
	links map[*link]struct{}
	total int
}

// NewProxy returns a proxy that does not listen yet.
func NewProxy(conf ProxyConfig) *Proxy {
	conf.Buffer = or(conf.Buffer, 256<<10)
	return &Proxy{
		conf: conf, line: conf.Line, gates: map[Direction]*gate{Up: {}, Down: {}},
		quit: make(chan struct{}), links: map[*link]struct{}{},
	}
}

// Start listens on 127.0.0.1. The caller closes the proxy. It may be called
// once.
func (p *Proxy) Start() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	p.ln = ln
	p.wg.Go(p.accept)
	return nil
}

// Close resets all connections and waits for the end.
func (p *Proxy) Close() {
	p.closed.Do(func() {
		close(p.quit)
		if p.ln != nil {
			_ = p.ln.Close()
		}
		p.Reset()
	})
	p.wg.Wait()
}

// Addr is the host and port to dial instead of the target.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// Set changes the line, for what is read from now on.
func (p *Proxy) Set(line Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line = line
}

func (p *Proxy) current() Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}

// Silence stops forwarding: nothing is read, so that TCP acknowledges no more
// once a few buffers are full, and neither FIN nor RST comes through. New
// connections are accepted, by TCP alone, and silent too.
func (p *Proxy) Silence(d Direction) {
	for way, gate := range p.gates {
		if d&way != 0 {
			gate.shut()
		}
	}
}

// Restore forwards again, beginning with what has piled up.
func (p *Proxy) Restore() {
	for _, gate := range p.gates {
		gate.open()
	}
}

// Reset ends all connections with RST to both sides.
func (p *Proxy) Reset() { p.each((*link).reset) }

// Hangup ends all connections with FIN to both sides.
func (p *Proxy) Hangup() { p.each((*link).hangup) }

func (p *Proxy) each(do func(*link)) {
	p.mu.Lock()
	var links []*link
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		do(l)
	}
}

// Connections is how many connections there have been.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// Open is how many connections there are.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

// WaitConnections waits until there have been n connections.
func (p *Proxy) WaitConnections(ctx context.Context, n int) error {
	if err := p.bell.until(ctx, func() bool { return p.Connections() >= n }); err != nil {
		return fmt.Errorf("proxy: wait for %d connections: %d were made: %w", n, p.Connections(), err)
	}
	return nil
}

func (p *Proxy) accept() {
	for {
		nc, err := p.ln.Accept()
		if err != nil { // closed, or out of descriptors: its tests see no connection
			return
		}
		p.wg.Go(func() { p.serve(nc.(*net.TCPConn)) })
	}
}

// serve dials the target and carries bytes until both ways have ended.
func (p *Proxy) serve(client *net.TCPConn) {
	l := &link{proxy: p, client: client, gone: make(chan struct{})}
	if !p.add(l) {
		l.reset()
		return
	}
	defer p.remove(l)
	nc, err := net.DialTimeout("tcp", p.conf.Target, 10*time.Second)
	if err != nil || !l.attach(nc.(*net.TCPConn)) {
		l.reset()
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { l.carry(Up, l.client, l.target) })
	ways.Go(func() { l.carry(Down, l.target, l.client) })
	ways.Wait()
	l.close()
}

func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.quit:
		return false
	default:
	}
	p.links[l] = struct{}{}
	p.total++
	p.bell.ring()
	return true
}

func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}
