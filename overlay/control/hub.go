package control

import (
	"sync"

	"github.com/hawker-live/hawker/overlay"
)

// maxBehind is how many updates may wait for a subscriber.
const maxBehind = 64

// Update is a change, and how things are after it.
type Update struct {
	Events []overlay.Event
	State  *overlay.State
}

// Subscription is one who is told of every change.
type Subscription struct {
	// State is how things were when it began: the first update follows it.
	State *overlay.State
	// Updates is closed when the subscriber has fallen too far behind, or the
	// program ends: it should subscribe again.
	Updates <-chan Update

	out chan Update
	hub *hub
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.cut(s)
}

// Subscribe returns how things are, and all that changes from then on.
func (c *Control) Subscribe() *Subscription {
	h := &c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(chan Update, maxBehind)
	s := &Subscription{State: h.state, Updates: out, out: out, hub: h}
	if h.closed {
		close(out)
		return s
	}
	h.subscribers[s] = true
	return s
}

// hub knows how things are, and who wants to know.
type hub struct {
	mu          sync.Mutex // guards the rest
	state       *overlay.State
	subscribers map[*Subscription]bool
	closed      bool
}

func newHub() hub {
	return hub{state: &overlay.State{}, subscribers: map[*Subscription]bool{}}
}

func (h *hub) current() *overlay.State {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

// publish tells all. One that cannot take it is cut: it does not hold up the
// others, and begins again with all there is.
func (h *hub) publish(state *overlay.State, events []overlay.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = state
	for s := range h.subscribers {
		select {
		case s.out <- Update{events, state}:
		default:
			h.cut(s)
		}
	}
}

// cut ends a subscription once. The caller holds mu.
func (h *hub) cut(s *Subscription) {
	if h.subscribers[s] {
		delete(h.subscribers, s)
		close(s.out)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subscribers {
		h.cut(s)
	}
}
