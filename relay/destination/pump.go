package destination

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// pump writes to all destinations of one broadcast that keep up, one after the
// other, in one goroutine and without ever waiting: a packet then costs one
// wake-up, and not one for each destination. A destination whose socket does not
// take a packet at once gets it from a goroutine of its own, which may wait, and
// comes back when it has caught up. So a slow one delays nobody.
type pump struct {
	bell    chan struct{} // there is something to do
	gather  time.Duration // for how long what there is may wait for more
	tray    tray
	scratch rtmp.Scratch

	mu     sync.Mutex // guards riders, and their seats
	riders []*writer
	round  []*writer // riders as they were when a round began; run's own
}

// run makes a round at each ring of the bell, but none sooner than gather after
// the one before, until stop is closed.
func (p *pump) run(stop <-chan struct{}) {
	var began time.Time
	for {
		select {
		case <-p.bell:
		case <-stop:
			return
		}
		if p.gather > 0 && !pause(stop, p.gather-time.Since(began)) {
			return
		}
		began = time.Now()
		p.makeRound()
	}
}

// makeRound serves everybody.
func (p *pump) makeRound() {
	p.mu.Lock()
	p.round = append(p.round[:0], p.riders...)
	p.mu.Unlock()
	for _, w := range p.round {
		p.serve(w)
	}
	clear(p.round)
	p.scratch.Reset() // the ring decides how long a body lives
}

// serve gives w what is ready, and lets it off when it needs its own goroutine.
func (p *pump) serve(w *writer) {
	w.turn.Lock()
	defer w.turn.Unlock()
	if w.riding && !w.step(&p.tray, &p.scratch) {
		w.riding = false
		p.remove(w)
		w.off <- struct{}{}
	}
}

// carry takes w along until it is let off, with what its own goroutine has to
// write first, or until ctx ends. If something has come since w looked, it does
// not even get on: what comes from then on finds it among the riders.
func (p *pump) carry(ctx context.Context, w *writer) (n int, err error) {
	w.ride = ride{}
	p.add(w)
	w.turn.Lock()
	n, err = w.source.Poll(w.tray.packets[:])
	w.riding = n == 0 && err == nil
	riding := w.riding
	w.turn.Unlock()
	if !riding {
		p.remove(w)
		return n, err
	}
	select {
	case <-w.off:
	case <-ctx.Done():
		p.leave(w)
	}
	return w.ride.left, w.ride.err
}

// leave takes w out, if it has not been let off meanwhile.
func (p *pump) leave(w *writer) {
	w.turn.Lock()
	riding := w.riding
	w.riding = false
	w.turn.Unlock()
	if !riding {
		<-w.off
		return
	}
	p.remove(w)
}

func (p *pump) add(w *writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.seat = len(p.riders)
	p.riders = append(p.riders, w)
}

func (p *pump) remove(w *writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.riders) - 1
	p.riders[w.seat] = p.riders[last]
	p.riders[w.seat].seat = w.seat
	p.riders[last] = nil
	p.riders = p.riders[:last]
}

// pause waits for d, unless stop is closed first.
func pause(stop <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stop:
		return false
	}
}

// pumps has the pumps of broadcasts that destinations are connected for.
type pumps struct {
	mu  sync.Mutex // guards all
	all map[route]*shared
}

// route is what those who share a pump have in common.
type route struct {
	broadcast Broadcast
	gather    time.Duration
	shard     int
}

// roomy is how many destinations a pump takes before another processor, if there
// is one, gets a pump too.
const roomy = 64

func processors() int { return runtime.GOMAXPROCS(0) }

// pick returns the route with the fewest users, but opens no more than are needed.
func (p *pumps) pick(r route) route {
	best, fewest := r, 0
	for shard := range processors() {
		r.shard = shard
		users := 0
		if s := p.all[r]; s != nil {
			users = s.users
		}
		if users < roomy {
			return r
		}
		if shard == 0 || users < fewest {
			best, fewest = r, users
		}
	}
	return best
}

// shared is a pump that runs for as long as somebody needs it.
type shared struct {
	pump
	users int
	stop  chan struct{}
	ended chan struct{}
	quiet func() // takes the bell off the broadcast
}

func newPumps() *pumps { return &pumps{all: map[route]*shared{}} }

// of returns a pump of b, and what to call when it is needed no more.
func (p *pumps) of(b Broadcast, gather time.Duration) (*pump, func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.pick(route{broadcast: b, gather: gather})
	s := p.all[r]
	if s == nil {
		s = &shared{pump: pump{bell: make(chan struct{}, 1), gather: gather}, stop: make(chan struct{}), ended: make(chan struct{})}
		s.quiet = b.Notify(s.bell)
		p.all[r] = s
		go func() {
			defer close(s.ended)
			s.run(s.stop)
		}()
	}
	s.users++
	return &s.pump, func() { p.release(r, s) }
}

func (p *pumps) release(r route, s *shared) {
	p.mu.Lock()
	s.users--
	last := s.users == 0
	if last {
		delete(p.all, r)
	}
	p.mu.Unlock()
	if last {
		s.quiet()
		close(s.stop)
		<-s.ended
	}
}
