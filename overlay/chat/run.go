package chat

import (
	"context"
	"fmt"
	"time"
)

// gather is from one transaction to the next: one of them, and one wake-up of
// each reader, for all that is said meanwhile.
const gather = 100 * time.Millisecond

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

// close ends what waits and reads.
func (d *Desk) close() {
	close(d.done)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rooms {
		r.feed.close()
	}
}
