package relaytest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// PlatformConfig is how a platform is. The zero value is a plain RTMP server
// that takes every stream and remembers what it got, without the bodies.
type PlatformConfig struct {
	// TLS makes it an RTMPS server; see CA.
	TLS *tls.Config
	// Scripts are for the first connections, in order, Script for all others.
	Scripts []Script
	Script  Script
	// OneAtATime answers BadName to a key that is being published already.
	OneAtATime bool
	// KeepBodies keeps the payloads of audio and video; of data they are always
	// kept.
	KeepBodies bool
	// Keep is how many messages a session remembers at least, the newest; 0 is
	// all of them.
	Keep int
	// ReceiveBuffer is SO_RCVBUF of each connection in bytes, so that a stall
	// is not hidden by the kernel: 256 KiB. Negative leaves the system's.
	ReceiveBuffer int
	// App is the app in URL: "live".
	App string
	// Listen is where it listens: "127.0.0.1:0".
	Listen string
	// Logger gets each connection's beginning and end, without keys; nil drops
	// them.
	Logger *slog.Logger
}

// Platform is a fake of a streaming platform's ingest server. Its methods may
// be called from any goroutine.
type Platform struct {
	conf PlatformConfig
	bell bell
	wg   sync.WaitGroup

	mu         sync.Mutex // guards the rest
	addr       string     // where it listens, from the first Start on
	ln         net.Listener
	closed     bool
	stalled    bool
	script     Script
	next       []Script
	spell      Script // instead of the others until spellEnds
	spellEnds  time.Time
	conns      []*Session
	live, most int // publishing now, and at most
}

// NewPlatform returns a platform that does not listen yet.
func NewPlatform(conf PlatformConfig) *Platform {
	if conf.ReceiveBuffer == 0 {
		conf.ReceiveBuffer = 256 << 10
	}
	if conf.App == "" {
		conf.App = "live"
	}
	if conf.Listen == "" {
		conf.Listen = "127.0.0.1:0"
	}
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	return &Platform{conf: conf, addr: conf.Listen, script: conf.Script, next: slices.Clone(conf.Scripts)}
}

// Start listens. The caller closes the platform.
func (p *Platform) Start() error { return p.Up() }

// Up listens again after Down, on the same port.
func (p *Platform) Up() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ln != nil || p.closed {
		return nil
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", p.addr)
	if err != nil {
		return fmt.Errorf("fake platform: %w", err)
	}
	p.ln, p.addr = ln, ln.Addr().String()
	p.wg.Go(func() { p.accept(ln) })
	return nil
}

// Down stops listening: dials are refused by TCP. Connections that stand stay;
// call Reset as well for a host that goes down whole.
func (p *Platform) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ln != nil {
		_ = p.ln.Close()
		p.ln = nil
	}
}

// Close ends everything with RST and waits for it. It may be called again.
func (p *Platform) Close() {
	p.Down()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Reset()
	p.wg.Wait()
}

// Addr is the host and port it listens on.
func (p *Platform) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// URL is the server URL without a key: rtmp://127.0.0.1:PORT/live, or rtmps://.
func (p *Platform) URL() string {
	host, _, _ := net.SplitHostPort(p.Addr())
	return p.URLFor(host)
}

// URLFor is URL with another name for the host, such as localhost.
func (p *Platform) URLFor(host string) string { return urlFor(p.conf, host, p.Addr()) }

func urlFor(conf PlatformConfig, host, addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	scheme := "rtmp"
	if conf.TLS != nil {
		scheme = "rtmps"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/" + conf.App
}

// Then sets what the next connections get, one script each, after those that
// wait already. See Times.
func (p *Platform) Then(scripts ...Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = append(p.next, scripts...)
}

// Always sets what new connections get from now on, before and instead of all
// that was set earlier.
func (p *Platform) Always(s Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script, p.next, p.spellEnds = s, nil, time.Time{}
}

// For sets what new connections get during d from now, whatever else is set.
func (p *Platform) For(d time.Duration, s Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spell, p.spellEnds = s, time.Now().Add(d)
}

// take is the script for a new connection. The caller holds mu.
func (p *Platform) take() Script {
	if time.Now().Before(p.spellEnds) {
		return p.spell
	}
	if len(p.next) > 0 {
		s := p.next[0]
		p.next = p.next[1:]
		return s
	}
	return p.script
}

// accept takes connections until ln is closed.
func (p *Platform) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, say: the test that did it sees no session
			p.conf.Logger.Error("fake platform: accept failed", "err", err)
			return
		}
		if s := p.enter(nc.(*net.TCPConn)); s != nil {
			p.wg.Go(s.serve)
		}
	}
}

// enter makes a session of a connection, unless the platform is closed.
func (p *Platform) enter(tcp *net.TCPConn) *Session {
	if p.conf.ReceiveBuffer > 0 {
		_ = tcp.SetReadBuffer(p.conf.ReceiveBuffer)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = tcp.Close()
		return nil
	}
	s := newSession(p, len(p.conns)+1, tcp, p.take())
	if p.stalled {
		s.valve.stop()
	}
	p.conns = append(p.conns, s)
	p.bell.ring()
	return s
}
