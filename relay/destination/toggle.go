package destination

import (
	"context"
	"sync"
)

// toggle is an on-off switch. What runs while it is on gets a context that
// ends when it is turned off.
type toggle struct {
	mu       sync.Mutex // guards the fields below
	on       bool
	turnedOn chan struct{}      // closed, and made anew, by every turning on
	off      context.CancelFunc // ends what runs; nil when nothing does
}

func newToggle(on bool) *toggle { return &toggle{on: on, turnedOn: make(chan struct{})} }

func (t *toggle) isOn() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.on
}

func (t *toggle) set(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case on == t.on:
		return
	case on:
		close(t.turnedOn)
		t.turnedOn = make(chan struct{})
	case t.off != nil:
		t.off()
	}
	t.on = on
}

// whileOn blocks until the toggle is on. Its error is that of ctx.
func (t *toggle) whileOn(ctx context.Context) (context.Context, context.CancelFunc, error) {
	for {
		on, cancel, turnedOn := t.begin(ctx)
		if on != nil {
			return on, cancel, nil
		}
		select {
		case <-turnedOn:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (t *toggle) begin(ctx context.Context) (context.Context, context.CancelFunc, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on || ctx.Err() != nil {
		return nil, nil, t.turnedOn
	}
	on, cancel := context.WithCancel(ctx)
	t.off = cancel
	return on, cancel, nil
}
