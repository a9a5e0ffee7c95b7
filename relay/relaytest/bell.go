package relaytest

import (
	"context"
	"sync"
)

// bell wakes everybody who waits for something to change.
type bell struct {
	mu   sync.Mutex // guards rung
	rung chan struct{}
}

// ring costs next to nothing while nobody waits.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

func (b *bell) listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

// until waits for done to be true; done is asked now and after each ring.
func (b *bell) until(ctx context.Context, done func() bool) error {
	for {
		rung := b.listen() // before asking, so that no ring falls in between
		if done() {
			return nil
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// gate holds up whoever passes while it is shut. The zero value is open.
type gate struct {
	mu     sync.Mutex // guards opened
	opened chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// pass waits until the gate is open; it is false when quit was closed first.
func (g *gate) pass(quit <-chan struct{}) bool {
	for {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		if opened == nil {
			return true
		}
		select {
		case <-opened:
		case <-quit:
			return false
		}
	}
}
