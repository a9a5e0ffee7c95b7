package chat

import (
	"context"
	"crypto/rand"
	"time"
)

const tidyEvery = time.Minute

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
