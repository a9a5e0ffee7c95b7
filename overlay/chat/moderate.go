package chat

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// What moderators do is in force at once, for the store may be slow, and again
// after a restart when they return. To do it twice is no mistake.

// Delete takes one message away.
func (d *Desk) Delete(ctx context.Context, stream string, id uint64) error {
	return d.change(ctx, stream, func(r *room, _ time.Time) ([]overlay.ChatChange, error) {
		r.drop(func(m *overlay.ChatMessage) bool { return m.ID == id })
		d.tell(r, oneFrame("delete", deletion{id}))
		return []overlay.ChatChange{{Stream: stream, Deleted: id}}, nil
	})
}

// Set changes a stream's settings: change gets those in force.
func (d *Desk) Set(ctx context.Context, stream string, change func(*overlay.ChatSettings)) (overlay.ChatSettings, error) {
	var s overlay.ChatSettings
	err := d.change(ctx, stream, func(r *room, _ time.Time) ([]overlay.ChatChange, error) {
		s = r.settings
		s.BlockedWords = append([]string{}, s.BlockedWords...)
		change(&s)
		s.FileSlowSeconds = int(r.stream.Slow.Seconds())
		if s.BlockedWords == nil {
			s.BlockedWords = []string{}
		}
		if err := checkSettings(s); err != nil {
			return nil, err
		}
		r.set(s)
		d.tell(r, oneFrame("mode", mode{s.Enabled, s.SlowSeconds}))
		return []overlay.ChatChange{{Stream: stream, Settings: &s}}, nil
	})
	return s, err
}

// Erase deletes all that a viewer has written, on all streams. Sanctions stay:
// they would be no use otherwise. They end by themselves.
func (d *Desk) Erase(ctx context.Context, viewer string) error {
	if err := checkViewer(viewer); err != nil {
		return err
	}
	d.mu.Lock()
	e := d.erase(viewer)
	d.mu.Unlock()
	return d.await(ctx, e)
}

// erasures are what one address may ask for: each costs a transaction.
var erasures = allowance{5, 10 * time.Second}

// EraseOwn does so for a viewer, who has the id.
func (d *Desk) EraseOwn(ctx context.Context, id string, addr netip.Addr) error {
	viewer, err := PublicID(id)
	if err != nil {
		return err
	}
	d.mu.Lock()
	if no := d.mayErase(addr, time.Now()); no != nil {
		d.mu.Unlock()
		return no
	}
	e := d.erase(viewer)
	d.mu.Unlock()
	return d.await(ctx, e)
}

// mayErase keeps strangers from asking for too much. Moderators may ask for more:
// strangers must not be able to stand in their way. The caller holds mu.
func (d *Desk) mayErase(addr netip.Addr, now time.Time) error {
	if wait, ok := d.eraser(neighbourhood(addr)).take(erasures, now); !ok {
		return later(Address, wait, "Please try again in %s.", rough(wait))
	}
	// Those that the store did not take are tried again, so they count, too.
	if len(d.queue)+len(d.flying)+d.owed >= maxQueue {
		return later(Unavailable, storeRetry, "Nothing can be erased at the moment. Please try again.")
	}
	return nil
}

func (d *Desk) eraser(at netip.Prefix) *bucket {
	b := d.erasers[at]
	if b == nil {
		if len(d.erasers) >= maxAddresses {
			return &d.spare
		}
		b = &bucket{}
		d.erasers[at] = b
	}
	return b
}

// erase takes a viewer's messages out of all rooms. The caller holds mu.
func (d *Desk) erase(viewer string) *entry {
	d.everyRoom(func(r *room) {
		// Strangers must not make all readers be told of viewers there never were.
		if r.people.viewers[viewer] != nil || slices.ContainsFunc(r.backlog, func(m overlay.ChatMessage) bool { return m.Viewer == viewer }) {
			d.clear(r, viewer, refuse(Unavailable, "The message was erased."))
		}
	})
	return d.push(nil, overlay.ChatChange{Viewer: viewer, Erased: true})
}

// clear takes a viewer's messages out of a room, those too that are on their way.
// The caller holds mu.
func (d *Desk) clear(r *room, viewer string, no *Refusal) {
	for _, waiting := range [][]*entry{d.flying, d.queue} {
		for _, e := range waiting {
			if m := e.change.Message; m != nil && m.Viewer == viewer && e.room == r {
				e.no = no
			}
		}
	}
	r.drop(func(m *overlay.ChatMessage) bool { return m.Viewer == viewer })
	d.tell(r, oneFrame("erase", erasure{viewer}))
}

// change does something to a room, and waits until it is written down.
func (d *Desk) change(ctx context.Context, stream string, do func(*room, time.Time) ([]overlay.ChatChange, error)) error {
	d.mu.Lock()
	r := d.rooms[stream]
	if r == nil || !d.loaded {
		d.mu.Unlock()
		return ErrNoStream
	}
	changes, err := do(r, time.Now())
	var entries []*entry
	for _, c := range changes {
		entries = append(entries, d.push(r, c))
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return d.await(ctx, entries...)
}

func checkViewer(viewer string) error {
	if !IsPublicID(viewer) {
		return &overlay.Invalid{What: "chat viewer", Fields: []overlay.FieldError{{Field: "viewer", Detail: "must be the public id that stands beside a message"}}}
	}
	return nil
}

// Status is a room as its host sees it.
type Status struct {
	View
	BlockedWords []string `json:"blocked_words"`
	// ConfiguredWords are blocked besides: the configuration says so.
	ConfiguredWords []string `json:"configured_words"`
	Readers         int      `json:"readers"`
	// Told is how many messages were shown since the program runs.
	Told      uint64     `json:"messages_total"`
	Sanctions []Sanction `json:"sanctions"`
}

// Status tells how a stream's chat is.
func (d *Desk) Status(stream string) (Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rooms[stream]
	if r == nil {
		return Status{}, ErrNoStream
	}
	s := Status{
		View: r.view(d.conf.Retention), BlockedWords: r.settings.BlockedWords, ConfiguredWords: append([]string{}, r.stream.BlockedWords...),
		Readers: r.feed.count(), Told: r.told, Sanctions: []Sanction{},
	}
	now := time.Now()
	for _, one := range r.sanctions {
		if now.Before(one.Until) {
			s.Sanctions = append(s.Sanctions, r.seen(one))
		}
	}
	slices.SortFunc(s.Sanctions, func(a, b Sanction) int { return cmp.Compare(a.Viewer, b.Viewer) })
	return s, nil
}
