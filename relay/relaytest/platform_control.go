package relaytest

import (
	"context"
	"fmt"
	"slices"
)

// Connections returns all TCP connections so far, refused ones too, in order.
func (p *Platform) Connections() []*Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.conns)
}

// Sessions returns the connections that were let in to publish, in the order
// in which they came.
func (p *Platform) Sessions() []*Session {
	return slices.DeleteFunc(p.Connections(), func(s *Session) bool { return !s.Published() })
}

// Live is how many connections publish now.
func (p *Platform) Live() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live
}

// MaxConcurrent is how many connections have published at the same time, at
// most. A connection counts until its end has been read here or was made here.
func (p *Platform) MaxConcurrent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// Stall stops reading on all connections and on those still to come, until
// Resume.
func (p *Platform) Stall() {
	p.setStalled(true)
	p.each((*Session).Stall)
}

// Resume reads again on all connections.
func (p *Platform) Resume() {
	p.setStalled(false)
	p.each((*Session).Resume)
}

func (p *Platform) setStalled(stalled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = stalled
}

// Reset ends all connections with RST.
func (p *Platform) Reset() { p.each((*Session).Reset) }

// Hangup ends all connections with FIN.
func (p *Platform) Hangup() { p.each((*Session).Hangup) }

func (p *Platform) each(do func(*Session)) {
	for _, s := range p.Connections() {
		do(s)
	}
}

// Wait waits until done is true. It is asked now and whenever something has
// happened on the platform or one of its connections.
func (p *Platform) Wait(ctx context.Context, done func(*Platform) bool) error {
	return p.bell.until(ctx, func() bool { return done(p) })
}

// WaitSession waits for the nth connection that is let in to publish, counted
// from 1.
func (p *Platform) WaitSession(ctx context.Context, n int) (*Session, error) {
	return p.nth(ctx, n, "session", p.Sessions)
}

// WaitConnection waits for the nth TCP connection, counted from 1.
func (p *Platform) WaitConnection(ctx context.Context, n int) (*Session, error) {
	return p.nth(ctx, n, "connection", p.Connections)
}

func (p *Platform) nth(ctx context.Context, n int, what string, list func() []*Session) (*Session, error) {
	err := p.bell.until(ctx, func() bool { return len(list()) >= n })
	if err != nil {
		return nil, fmt.Errorf("platform %s: wait for %s %d: there are %d (%s): %w", p.Addr(), what, n, len(list()), p.summary(), err)
	}
	return list()[n-1], nil
}

// summary is for messages of failed tests.
func (p *Platform) summary() string {
	conns := p.Connections()
	text := fmt.Sprintf("%d connections", len(conns))
	for _, s := range conns[max(0, len(conns)-5):] {
		text += "; " + s.String()
	}
	return text
}

// admit lets a session publish, unless its key is taken and OneAtATime is set.
func (p *Platform) admit(s *Session, key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conf.OneAtATime {
		for _, other := range p.conns {
			if other != s && other.publishing(key) {
				return false
			}
		}
	}
	if s.let(key) {
		p.live++
		p.most = max(p.most, p.live)
	}
	return true
}

func (p *Platform) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live--
}
