package control

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// settle asks a store that has failed what it has. If that is what it is thought
// to have, what the clock has brought about since is written down. Otherwise the
// write that failed was made all the same, and all goes on from there: what the
// clock has brought about follows again.
func (c *Control) settle(ctx context.Context, now time.Time) {
	if !c.doubt || now.Before(c.retry) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	state, err := c.conf.Store.Load(ctx)
	as := err == nil && len(c.unsaved) > 0 && state.Seq == c.unsaved[0].Seq-1
	if as {
		err = c.conf.Store.Append(ctx, c.unsaved, nil)
	}
	if err != nil {
		c.failed(err)
		return
	}
	c.conf.Logger.Info("the database answers again", "events", len(c.unsaved))
	c.doubt, c.told, c.unsaved = false, "", nil
	if !as {
		c.adopt(state)
		c.lives.again()
	}
}

// failed takes note that the store did not do something.
func (c *Control) failed(err error) {
	c.doubt, c.retry = true, time.Now().Add(storeRetry)
	if text := err.Error(); text != c.told {
		c.told = text
		c.conf.Logger.Error("the database takes nothing: offers cannot be changed, and what the clock does is written down later", "err", err)
	}
}

// write makes events safe.
func (c *Control) write(ctx context.Context, events []overlay.Event, r *overlay.Receipt) error {
	if c.doubt {
		return ErrUnavailable
	}
	// The end of the program is no reason to write half of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := c.conf.Store.Append(ctx, events, r); err != nil {
		c.failed(err)
		return ErrUnavailable
	}
	return nil
}

// save keeps the state, so that the next start is a short one, and it is known
// until when this program was there.
func (c *Control) save(ctx context.Context, now time.Time) {
	state := c.State()
	if state.Seq == c.saved && !anyOn(state) || c.doubt {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	seen := *state
	seen.Seen = now.Round(0).UTC()
	if err := c.conf.Store.Save(ctx, &seen); err != nil {
		c.conf.Logger.Warn("the state of offers could not be saved; the log of events is enough, the next start takes longer", "err", err)
		return
	}
	c.saved = state.Seq
}

func anyOn(s *overlay.State) bool {
	for _, stage := range s.Stages {
		if !stage.Since.IsZero() {
			return true
		}
	}
	return false
}
