package chat

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Terms are those of a mute or a ban.
type Terms struct {
	// For is how long, 1 second to MaxSanction; 0 is DefaultMute or DefaultBan.
	For time.Duration
	// ViewerOnly leaves the viewer's address alone, which others may share.
	ViewerOnly bool
}

// Sanction is a mute or a ban as moderators see it.
type Sanction struct {
	overlay.ChatSanction
	// AddressToo tells whether it holds for the viewer's address, too, until the
	// day (UTC) is over. An address is known of who has written today and since
	// the program runs.
	AddressToo bool `json:"address_too"`
}

// seen is a sanction as moderators see it.
func (r *room) seen(s overlay.ChatSanction) Sanction { return Sanction{s, r.people.addressToo(&s)} }

// Mute keeps a viewer from writing for a time, and until the end of the day (UTC)
// also those from the same address who have not written here lately: there may be
// a house full of viewers, and another id of the same one. A banned viewer stays
// banned. It returns what is in force.
func (d *Desk) Mute(ctx context.Context, stream, viewer string, t Terms) (Sanction, error) {
	return d.sanction(ctx, overlay.ChatSanction{Stream: stream, Viewer: viewer, Kind: overlay.ChatMute}, t)
}

// Ban takes away what a viewer has written, and keeps the viewer from writing for
// a time; until the end of the day (UTC) also all others from the same address. It
// returns what is in force.
func (d *Desk) Ban(ctx context.Context, stream, viewer string, t Terms) (Sanction, error) {
	return d.sanction(ctx, overlay.ChatSanction{Stream: stream, Viewer: viewer, Kind: overlay.ChatBan}, t)
}

func (d *Desk) sanction(ctx context.Context, s overlay.ChatSanction, t Terms) (in Sanction, err error) {
	length, err := sanctionTime(s.Kind, t.For)
	if err == nil {
		err = checkViewer(s.Viewer)
	}
	if err != nil {
		return in, err
	}
	err = d.change(ctx, s.Stream, func(r *room, now time.Time) ([]overlay.ChatChange, error) {
		before := r.sanctions[s.Viewer]
		if before.Kind == overlay.ChatBan && s.Kind == overlay.ChatMute && now.Before(before.Until) {
			in = r.seen(before)
			return nil, nil
		}
		s.Until = stamp(now.Add(length))
		if !t.ViewerOnly {
			s.Address, s.Day = r.people.addressOf(s.Viewer, &before), r.people.day
		}
		r.sanction(s)
		in = r.seen(s)
		if s.Kind == overlay.ChatMute {
			return []overlay.ChatChange{{Sanction: &s}}, nil
		}
		d.clear(r, s.Viewer, refuse(Banned, "You cannot write in this chat."))
		return []overlay.ChatChange{{Sanction: &s}, {Stream: s.Stream, Viewer: s.Viewer, Cleared: true}}, nil
	})
	return in, err
}

// Lift ends a viewer's mute or ban.
func (d *Desk) Lift(ctx context.Context, stream, viewer string) error {
	if err := checkViewer(viewer); err != nil {
		return err
	}
	return d.change(ctx, stream, func(r *room, _ time.Time) ([]overlay.ChatChange, error) {
		r.lift(viewer)
		return []overlay.ChatChange{{Stream: stream, Viewer: viewer, Lifted: true}}, nil
	})
}
