package chat

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// maxQueue is how many changes may wait for the store.
const maxQueue = 2000

// ErrUnsaved is for what moderators did while the database takes nothing.
var ErrUnsaved = errors.New("this is in force, but could not be written down yet: if the program ends before the database works again, do it once more")

// Post says something for a viewer. When it returns without an error, the message
// is kept and on its way to all who read. An error is a *Refusal, ErrNoStream, or
// that of ctx.
func (d *Desk) Post(ctx context.Context, stream string, p Post) (overlay.ChatMessage, error) {
	return d.say(ctx, stream, func(r *room, now time.Time) (overlay.ChatMessage, *Refusal) { return r.judge(&p, now) })
}

// Say says something for the host, or for a moderator with a nickname.
func (d *Desk) Say(ctx context.Context, stream string, role overlay.ChatRole, nickname, text string) (overlay.ChatMessage, error) {
	if role != overlay.ChatHost && role != overlay.ChatModerator {
		return overlay.ChatMessage{}, &overlay.Invalid{What: "chat message", Fields: []overlay.FieldError{{Field: "role", Detail: "must be host or moderator"}}}
	}
	return d.say(ctx, stream, func(r *room, now time.Time) (overlay.ChatMessage, *Refusal) {
		return r.hostSays(role, nickname, text, now)
	})
}

func (d *Desk) say(ctx context.Context, stream string, judge func(*room, time.Time) (overlay.ChatMessage, *Refusal)) (overlay.ChatMessage, error) {
	e, err := d.enqueue(stream, judge)
	if err != nil {
		return overlay.ChatMessage{}, d.refused(stream, err)
	}
	if err := d.await(ctx, e); err != nil {
		return overlay.ChatMessage{}, d.refused(stream, err)
	}
	return *e.change.Message, nil
}

func (d *Desk) enqueue(stream string, judge func(*room, time.Time) (overlay.ChatMessage, *Refusal)) (*entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rooms[stream]
	switch {
	case r == nil:
		return nil, ErrNoStream
	case !d.loaded:
		return nil, later(Unavailable, time.Second, "The chat is about to open. Please try again.")
	case len(d.queue) >= maxQueue:
		return nil, later(Busy, time.Second, "Everybody is writing at once. Please try again in a moment.")
	}
	now := time.Now()
	m, no := judge(r, now)
	if no != nil {
		return nil, no
	}
	// Microseconds since 1970: they rise over restarts, too.
	d.lastID = max(d.lastID+1, uint64(now.UnixMicro()))
	m.ID = d.lastID
	return d.push(r, overlay.ChatChange{Message: &m}), nil
}

// push queues a change. The caller holds mu.
func (d *Desk) push(r *room, c overlay.ChatChange) *entry {
	e := &entry{change: c, room: r, done: make(chan struct{})}
	d.queue = append(d.queue, e)
	signal(d.work)
	return e
}

// await waits until entries are settled. It returns the first error.
func (d *Desk) await(ctx context.Context, entries ...*entry) error {
	var errs error
	for _, e := range entries {
		select {
		case <-e.done:
		case <-ctx.Done():
			return ctx.Err()
		case <-d.done:
			select {
			case <-e.done: // at the last
			default:
				return later(Unavailable, time.Second, "The chat has closed.")
			}
		}
		if errs == nil {
			errs = e.err
		}
	}
	return errs
}

// refused counts a refusal.
func (d *Desk) refused(stream string, err error) error {
	var no *Refusal
	if !errors.As(err, &no) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rooms[stream] != nil {
		d.metrics.refused.WithLabelValues(stream, string(no.Reason)).Inc()
	}
	return err
}

// How many may read.
const (
	maxReaders      = 10_000
	maxReadersThere = 1000 // from one address
)

// Join begins to follow a stream's chat. The caller must Leave or Cut.
func (d *Desk) Join(stream string, addr netip.Addr) (*Reader, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, at := d.rooms[stream], neighbourhood(addr)
	switch {
	case r == nil:
		return nil, ErrNoStream
	case !d.loaded:
		return nil, ErrClosed
	case d.all >= maxReaders || d.readers[at] >= maxReadersThere:
		return nil, ErrFull
	}
	reader := &Reader{Opening: r.opening(d.conf.Retention), feed: r.feed, bell: make(chan struct{}, 1)}
	reader.left = func(cut bool) { d.left(r, reader.feed, at, cut) }
	if err := r.feed.join(reader); err != nil {
		return nil, err
	}
	d.all++
	d.readers[at]++
	d.metrics.readers.WithLabelValues(stream).Set(float64(r.feed.count()))
	return reader, nil
}

func (d *Desk) left(r *room, from *feed, at netip.Prefix, cut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.readers[at]--; d.readers[at] == 0 {
		delete(d.readers, at)
	}
	name := r.stream.Name
	if d.rooms[name] != r || r.feed != from {
		return
	}
	d.metrics.readers.WithLabelValues(name).Set(float64(from.count()))
	if cut {
		d.metrics.cut.WithLabelValues(name).Inc()
	}
}
