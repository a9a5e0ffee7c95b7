package chat

import (
	"context"
	"time"
)

// beatEvery is how often pages are told that all is well. It takes an event:
// a comment is nothing that a script can see.
const beatEvery = 15 * time.Second

// Readers are woken in handfuls, with a breath after each: a thousand goroutines
// that become runnable at once would stand in front of those that move media.
const (
	handful = 32
	breath  = time.Millisecond
)

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
