package chat

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	// gather is from one transaction to the next: one of them, and one wake-up of
	// each reader, for all that is said meanwhile.
	gather       = 100 * time.Millisecond
	storeTimeout = 5 * time.Second
	storeRetry   = time.Second
	tidyEvery    = time.Minute
	// portion is how many changes are written down at once that the store did not
	// take before.
	portion = 200
	// beatEvery is how often pages are told that all is well. It takes an event:
	// a comment is nothing that a script can see.
	beatEvery = 15 * time.Second
)

// Readers are woken in handfuls, with a breath after each: a thousand goroutines
// that become runnable at once would stand in front of those that move media.
const (
	handful = 32
	breath  = time.Millisecond
)

// entry is a change on its way into the store.
type entry struct {
	change overlay.ChatChange
	room   *room
	done   chan struct{}
	err    error    // when done is closed
	no     *Refusal // what was said is not to be shown any more
}

// Run reads what was kept, and runs the chats until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	defer d.close()
	if err := d.load(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("read chats: %w", err)
	}
	d.tidy(ctx, time.Now())
	close(d.ready)
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		d.wake(ctx)
	}()
	d.loop(ctx)
	<-woken
	return nil
}

func (d *Desk) load(ctx context.Context) error {
	kept, err := d.conf.Store.LoadChat(ctx, Backlog)
	if err != nil {
		return err
	}
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID = max(d.lastID, kept.LastID)
	for stream, s := range kept.Settings {
		d.known(stream).set(s)
	}
	for _, r := range d.rooms {
		r.follow(r.stream)
	}
	for _, m := range kept.Messages {
		d.known(m.Stream).recall(m)
	}
	for _, s := range kept.Sanctions {
		if now.Before(s.Until) {
			d.known(s.Stream).sanctions[s.Viewer] = s
		}
	}
	d.everyRoom(func(r *room) { r.people.keepOut(r.sanctions) })
	d.loaded = true
	return nil
}

// loop writes down what is said and done.
func (d *Desk) loop(ctx context.Context) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		var retry <-chan time.Time
		if len(d.unsaved) > 0 {
			retry = time.After(storeRetry)
		}
		select {
		case <-d.work:
		case <-retry:
		case <-ticker.C:
			d.tidy(ctx, time.Now())
			continue
		case <-ctx.Done():
			d.commit(context.WithoutCancel(ctx))
			return
		}
		begun := time.Now()
		d.commit(ctx)
		pause(ctx, gather-time.Since(begun))
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
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

// tell hands a frame to the readers of a room.
func (d *Desk) tell(r *room, data []byte) {
	r.feed.publish(data)
	signal(d.news)
}

func signal(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// wake wakes readers when there is news for them.
func (d *Desk) wake(ctx context.Context) {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	var readers []*Reader
	for {
		select {
		case <-d.news:
		case now := <-beats.C:
			d.beat(now)
		case <-ctx.Done():
			return
		}
		readers = d.summoned(readers[:0])
		for i, r := range readers {
			r.ring()
			if i%handful == handful-1 {
				pause(ctx, breath)
			}
		}
		clear(readers)
	}
}

func (d *Desk) beat(now time.Time) {
	data := oneFrame("beat", beat{now.UnixMilli()})
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rooms {
		r.feed.publish(data)
	}
}

func (d *Desk) summoned(into []*Reader) []*Reader {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rooms {
		into = r.feed.summoned(into)
	}
	return into
}

// close ends what waits and reads.
func (d *Desk) close() {
	close(d.done)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rooms {
		r.feed.close()
	}
}

// tidy forgets what has had its time, and begins days.
func (d *Desk) tidy(ctx context.Context, now time.Time) {
	d.newDay(ctx, now)
	d.mu.Lock()
	d.everyRoom(func(r *room) { r.tidy(now, d.conf.Retention) })
	for at, b := range d.erasers {
		if now.Sub(b.at) > idleViewer {
			delete(d.erasers, at)
		}
	}
	d.mu.Unlock()
	if now.Sub(d.pruned) < min(time.Hour, max(tidyEvery, d.conf.Retention/24)) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := d.conf.Store.PruneChat(ctx, now.Add(-d.conf.Retention), now); err != nil {
		if ctx.Err() == nil {
			d.conf.Logger.Error("old messages of the chat could not be deleted; that is tried again", "err", err)
		}
		return
	}
	d.pruned = now
}

// newDay gets a day's salt when it begins.
func (d *Desk) newDay(ctx context.Context, now time.Time) {
	day := now.UTC().Format(time.DateOnly)
	d.mu.Lock()
	same := d.day == day
	d.mu.Unlock()
	if same {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	salt, err := d.conf.Store.DaySalt(ctx, day)
	if err != nil {
		d.conf.Logger.Error("no salt for today could be kept: bans of addresses end with the program", "err", err)
		salt = newSalt()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.day, d.salt = day, salt
	d.everyRoom(func(r *room) { r.newDay(day, salt) })
}

func newSalt() []byte {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	return salt
}
