package control

import (
	"context"
	"log/slog"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// force puts events into force that do not wait for the store.
func (c *Control) force(ctx context.Context, events []overlay.Event, now time.Time) {
	if len(events) == 0 {
		return
	}
	c.stamp(events)
	c.publish(events, now)
	if c.write(ctx, events, nil) != nil { // which is logged
		c.unsaved = append(c.unsaved, events...)
	}
}

// stamp gives events their place on their streams.
func (c *Control) stamp(events []overlay.Event) {
	for i := range events {
		if s := events[i].Stream; s != "" {
			events[i].Media = c.conf.Media(s).Milliseconds()
		}
	}
}

// publish puts events into force and tells of them.
func (c *Control) publish(events []overlay.Event, now time.Time) {
	if len(events) == 0 {
		return
	}
	state := c.State().With(events...)
	c.shown.follow(events)
	c.hub.publish(state, events)
	for stream, changes := range byStream(events) {
		c.conf.Tell(stream, changes, state.Stages[stream])
	}
	for i := range events {
		c.log(&events[i], now)
	}
}

func byStream(events []overlay.Event) map[string][]overlay.Event {
	out := map[string][]overlay.Event{}
	for _, e := range events {
		if e.Stream != "" {
			out[e.Stream] = append(out[e.Stream], e)
		}
	}
	return out
}

func (c *Control) log(e *overlay.Event, now time.Time) {
	level := slog.LevelInfo
	switch e.Type {
	case overlay.StepMissed:
		level = slog.LevelWarn
	case overlay.OfferPut, overlay.BannerPut, overlay.StreamLive, overlay.StreamEnded:
		level = slog.LevelDebug
	}
	what := "offer"
	if e.Banner != nil {
		what = "banner"
	}
	c.conf.Logger.Log(context.Background(), level, string(e.Type), "stream", e.Stream, what, e.ID, "reason", e.Reason, "late", now.Sub(e.At).Round(time.Millisecond))
}
