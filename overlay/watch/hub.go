package watch

import (
	"context"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

const (
	// countEvery is how often viewers are told how many they are, when that has
	// changed.
	countEvery = 3 * time.Second
	// beatEvery is how often they are told that all is well.
	beatEvery = 15 * time.Second
)

// lives are the broadcasts of streams, as Live was told.
type lives struct {
	bell chan struct{}

	mu   sync.Mutex // guards news
	news map[string]time.Time
}

func newLives() *lives { return &lives{bell: make(chan struct{}, 1), news: map[string]time.Time{}} }

func (l *lives) take() map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.news
	l.news = map[string]time.Time{}
	return news
}

// Live tells that a stream's broadcast has begun, or with a zero time that it has
// ended. It does not block.
func (s *Server) Live(stream string, since time.Time) {
	s.lives.mu.Lock()
	s.lives.news[stream] = since
	s.lives.mu.Unlock()
	select {
	case s.lives.bell <- struct{}{}:
	default:
	}
}

// Run tells viewers what changes, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	select {
	case <-s.conf.Show.Ready():
	case <-ctx.Done():
		return nil
	}
	count, beats := time.NewTicker(countEvery), time.NewTicker(beatEvery)
	defer count.Stop()
	defer beats.Stop()
	h := &hub{Server: s, since: map[string]time.Time{}}
	defer func() { h.sub.Close() }()
	h.subscribe()
	for {
		select {
		case u, open := <-h.sub.Updates:
			if !open { // too far behind, or the show is over
				h.sub.Close()
				if !rest(ctx) {
					return nil
				}
				h.subscribe()
				continue
			}
			h.state = u.State
			h.follow(u.Events)
		case <-s.lives.bell:
			h.lived(time.Now())
		case <-s.changed:
			h.all()
		case now := <-count.C:
			s.each(func(r *room) { r.count(now, false) })
		case now := <-beats.C:
			s.each(func(r *room) { r.count(now, true) })
		case <-ctx.Done():
			return nil
		}
	}
}

// rest waits a little, so that a show that has ended is not asked all the time.
func rest(ctx context.Context) bool {
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// hub is Run's own.
type hub struct {
	*Server
	sub   *control.Subscription
	state *overlay.State
	since map[string]time.Time // of all streams, with a page or without
}

func (h *hub) subscribe() {
	h.sub = h.conf.Show.Subscribe()
	h.state = h.sub.State
	h.all()
}

// all shows every room how things are.
func (h *hub) all() {
	set := h.settings.Load()
	h.each(func(r *room) {
		r.live(h.since[r.stream], time.Now())
		stage := h.state.Stages[r.stream]
		r.show(set, h.conf.Links, &stage, 0, nil)
	})
}

// lived shows the broadcasts that have begun or ended.
func (h *hub) lived(now time.Time) {
	set := h.settings.Load()
	for stream, since := range h.lives.take() {
		h.since[stream] = since
		if r := h.room(stream); r != nil && r.live(since, now) {
			stage := h.state.Stages[stream]
			r.show(set, h.conf.Links, &stage, 0, nil)
		}
	}
}

// follow shows what events have changed.
func (h *hub) follow(events []overlay.Event) {
	type change struct {
		at   int64
		over []overView
	}
	changes := map[string]*change{}
	for i := range events {
		e := &events[i]
		if e.Stream == "" {
			continue
		}
		c := changes[e.Stream]
		if c == nil {
			c = &change{}
			changes[e.Stream] = c
		}
		c.at = max(c.at, e.Media)
		if e.Type == overlay.OfferEnded {
			c.over = append(c.over, overView{e.Run, e.Reason})
		}
	}
	set := h.settings.Load()
	for stream, c := range changes {
		if r := h.room(stream); r != nil {
			stage := h.state.Stages[stream]
			r.show(set, h.conf.Links, &stage, c.at, c.over)
		}
	}
}
