package chat

import (
	"bytes"
	"context"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	storeTimeout = 5 * time.Second
	storeRetry   = time.Second
	// portion is how many changes are written down at once that the store did not
	// take before.
	portion = 200
)

// entry is a change on its way into the store.
type entry struct {
	change overlay.ChatChange
	room   *room
	done   chan struct{}
	err    error    // when done is closed
	no     *Refusal // what was said is not to be shown any more
}

// commit writes down what waits, and tells those who wait for it.
func (d *Desk) commit(ctx context.Context) {
	d.mu.Lock()
	batch := d.queue
	d.queue, d.flying = nil, batch
	d.mu.Unlock()
	if len(batch)+len(d.unsaved) == 0 {
		return
	}
	err := d.write(ctx, batch)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flying, d.owed = nil, len(d.unsaved)
	d.settle(batch, err)
	for _, e := range batch {
		close(e.done)
	}
}

func (d *Desk) write(ctx context.Context, batch []*entry) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var changes []overlay.ChatChange
	for _, e := range batch {
		changes = append(changes, e.change)
	}
	err := d.catchUp(ctx)
	if err == nil && len(changes) > 0 {
		err = d.conf.Store.WriteChat(ctx, changes)
	}
	if err == nil {
		if d.told != "" {
			d.told = ""
			d.conf.Logger.Info("the database takes the chat again")
		}
		return nil
	}
	if text := err.Error(); text != d.told {
		d.told = text
		d.conf.Logger.Error("the database takes no chat: nobody can write, and what moderators did is written down later", "err", err)
	}
	d.owe(changes)
	return err
}

// catchUp writes down what the store did not take before, in portions: all of it
// at once might not be done in time, however often it is tried.
func (d *Desk) catchUp(ctx context.Context) error {
	for len(d.unsaved) > 0 {
		n := min(portion, len(d.unsaved))
		if err := d.conf.Store.WriteChat(ctx, d.unsaved[:n:n]); err != nil {
			return err
		}
		d.unsaved = d.unsaved[n:]
	}
	d.unsaved = nil
	return nil
}

// owe remembers changes that the store did not take. Messages are not among them,
// since nobody was told that they were taken; so to erase a viewer twice is the
// same as once.
func (d *Desk) owe(changes []overlay.ChatChange) {
	erased := map[string]bool{}
	for _, c := range d.unsaved {
		if c.Erased {
			erased[c.Viewer] = true
		}
	}
	for _, c := range changes {
		if c.Message != nil || c.Erased && erased[c.Viewer] {
			continue
		}
		if c.Erased {
			erased[c.Viewer] = true
		}
		d.unsaved = append(d.unsaved, c)
	}
}

// settle puts what was said in front of readers. The caller holds mu.
func (d *Desk) settle(batch []*entry, err error) {
	said := map[*room]*bytes.Buffer{}
	for _, e := range batch {
		m := e.change.Message
		switch {
		case err != nil && m != nil:
			e.err = later(Unavailable, storeRetry, "The message could not be written down. Please try again.")
		case err != nil:
			e.err = ErrUnsaved
		case e.no != nil:
			e.err = e.no
		case m != nil:
			e.room.show(*m)
			if said[e.room] == nil {
				said[e.room] = &bytes.Buffer{}
			}
			frame(said[e.room], "message", m)
			d.count(e.room)
		}
	}
	for r, b := range said {
		d.tell(r, b.Bytes())
	}
}

// count counts a message, unless its stream has gone meanwhile. The caller holds
// mu.
func (d *Desk) count(r *room) {
	r.told++
	if d.rooms[r.stream.Name] == r {
		d.metrics.messages.WithLabelValues(r.stream.Name).Inc()
	}
}
