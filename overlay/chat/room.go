package chat

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Backlog is how many messages somebody sees who comes late.
const Backlog = 100

// Post is what a viewer wants to say.
type Post struct {
	// Viewer is the viewer's own id, which is not shown to others: see PublicID.
	Viewer         string
	Nickname, Text string
	// Addr is where it comes from.
	Addr netip.Addr
}

// room is one stream's chat: its rules, and what they need to know. It is told the
// time, and is not safe for use at the same time.
type room struct {
	stream    Stream
	settings  overlay.ChatSettings
	filters   [2]*filter // of the configuration, and of the settings
	protected map[string]bool
	sanctions map[string]overlay.ChatSanction // by viewer
	backlog   []overlay.ChatMessage           // oldest first
	people    people
	all       bucket
	feed      *feed
	told      uint64 // messages, since the program runs
	snapshot  []byte // what a newcomer is told; nil when that has changed
}

func newRoom(stream Stream, feed *feed) *room {
	r := &room{sanctions: map[string]overlay.ChatSanction{}, people: newPeople(), feed: feed}
	r.set(defaultSettings())
	r.follow(stream)
	return r
}

// judge decides on what a viewer wants to say. The message that it returns has no
// ID yet.
func (r *room) judge(p *Post, now time.Time) (overlay.ChatMessage, *Refusal) {
	m := overlay.ChatMessage{Stream: r.stream.Name, At: stamp(now), Role: overlay.ChatViewer}
	if !r.settings.Enabled {
		return m, refuse(Off, "The chat is closed now.")
	}
	var err error
	if m.Viewer, err = PublicID(p.Viewer); err != nil {
		return m, asRefusal(err)
	}
	if no := r.admit(m.Viewer, p.Addr, now); no != nil {
		return m, no
	}
	if no := r.read(p, &m); no != nil {
		return m, no
	}
	return m, r.pace(m.Viewer, p.Addr, now)
}

// admit sees whether this viewer may say anything at all.
func (r *room) admit(viewer string, addr netip.Addr, now time.Time) *Refusal {
	if wait, ok := r.people.address(addr, now).all.take(perAddress, now); !ok {
		return later(Address, wait, "Too many messages come from your network. Please wait a moment.")
	}
	s, there := r.sanctions[viewer], r.people.barredAt(addr)
	own := now.Before(s.Until)
	switch {
	case now.Before(there.all), own && s.Kind == overlay.ChatBan:
		return refuse(Banned, "You cannot write in this chat.")
	case own:
		return later(Muted, s.Until.Sub(now), "You can write again in %s.", rough(s.Until.Sub(now)))
	// Another id is no way around a mute, which is not the neighbours' either, as
	// far as they are known.
	case now.Before(there.newcomers) && !r.people.wrote(viewer):
		wait := there.newcomers.Sub(now)
		return later(Muted, wait, "Somebody in your network may not write. Who is new there can write in %s.", rough(wait))
	}
	return nil
}

// read fills in what the viewer wrote.
func (r *room) read(p *Post, m *overlay.ChatMessage) *Refusal {
	var err error
	if m.Nickname, err = CleanNickname(p.Nickname); err != nil {
		return asRefusal(err)
	}
	if m.Text, err = CleanText(p.Text); err != nil {
		return asRefusal(err)
	}
	if looksLike(m.Nickname, r.protected) {
		return refuse(NameTaken, "This nickname looks like the host's. Please choose another one.")
	}
	if r.blocks(m.Nickname) {
		return refuse(Words, "Please choose another nickname.")
	}
	// Who is told can write it in other words. Hiding it from all but its writer
	// would be a lie.
	if r.blocks(m.Text) {
		return refuse(Words, "The message has a word that this chat does not take.")
	}
	return nil
}

// pace sees that nobody writes too much.
func (r *room) pace(id string, addr netip.Addr, now time.Time) *Refusal {
	at, v := r.people.address(addr, now), r.people.viewers[id]
	if v == nil {
		if wait, ok := at.newcomers.take(newcomers, now); !ok {
			return later(Address, wait, "Many new viewers write from your network. Please wait a moment.")
		}
		v = &viewer{last: at.last, waits: true} // it may be another id of one who has just written
	}
	slow := time.Duration(r.settings.SlowSeconds) * time.Second
	if wait := v.last.Add(slow).Sub(now); !v.last.IsZero() && wait > 0 {
		if v.waits {
			r.people.saw(id, v, now) // what the neighbours write from now on makes the wait no longer
			return later(Slow, wait, "Slow mode: somebody in your network has just written. You can write in %s.", rough(wait))
		}
		return later(Slow, wait, "Slow mode: you can write again in %s.", rough(wait))
	}
	if wait, ok := v.rate.take(perViewer, now); !ok {
		return later(Rate, wait, "That was quick. Please wait a moment.")
	}
	if wait, ok := r.all.take(perRoom, now); !ok {
		return later(Busy, max(wait, time.Second), "Everybody is writing at once. Please try again in a moment.")
	}
	at.last, v.last, v.waits, v.address = now, now, false, r.people.hash(addr)
	r.people.saw(id, v, now) // not before: who is refused must not cost another one the place
	return nil
}

// hostSays is a message of the host's, or a moderator's. Rules on rates and words
// are for viewers.
func (r *room) hostSays(role overlay.ChatRole, nickname, text string, now time.Time) (overlay.ChatMessage, *Refusal) {
	m := overlay.ChatMessage{Stream: r.stream.Name, At: stamp(now), Role: role}
	if role == overlay.ChatHost {
		nickname = r.stream.Host
	}
	var err error
	if m.Nickname, err = CleanNickname(nickname); err != nil {
		return m, asRefusal(err)
	}
	if m.Text, err = CleanText(text); err != nil {
		return m, asRefusal(err)
	}
	return m, nil
}

// show takes a message into the backlog.
func (r *room) show(m overlay.ChatMessage) {
	r.backlog = append(r.backlog, m)
	if over := len(r.backlog) - Backlog; over > 0 {
		r.backlog = slices.Delete(r.backlog, 0, over)
	}
	r.snapshot = nil
}

// recall takes in a message of before the program's start: who wrote it is not new.
func (r *room) recall(m overlay.ChatMessage) {
	r.show(m)
	if m.Role != overlay.ChatViewer {
		return
	}
	v := r.people.viewers[m.Viewer]
	if v == nil {
		v = &viewer{}
	}
	v.last = m.At
	r.people.saw(m.Viewer, v, m.At)
}

// drop takes messages out of the backlog.
func (r *room) drop(which func(*overlay.ChatMessage) bool) {
	r.backlog = slices.DeleteFunc(r.backlog, func(m overlay.ChatMessage) bool { return which(&m) })
	r.snapshot = nil
}

func (r *room) blocks(text string) bool { return r.filters[0].finds(text) || r.filters[1].finds(text) }

// follow puts into force what the configuration says, and has been checked.
func (r *room) follow(s Stream) {
	r.stream, r.protected = s, protected(s.Host)
	if f, err := newFilter(s.BlockedWords); err == nil {
		r.filters[0] = f
	}
	next := r.settings
	if slow := int(s.Slow.Seconds()); next.FileSlowSeconds != slow {
		next.SlowSeconds, next.FileSlowSeconds = slow, slow
	}
	r.set(next)
}

// set puts settings into force that have been checked.
func (r *room) set(s overlay.ChatSettings) {
	r.settings = s
	if f, err := newFilter(s.BlockedWords); err == nil {
		r.filters[1] = f
	}
	r.snapshot = nil
}

// sanction puts one into force.
func (r *room) sanction(s overlay.ChatSanction) {
	r.sanctions[s.Viewer] = s
	r.people.keepOut(r.sanctions)
}

// lift ends a viewer's sanction.
func (r *room) lift(viewer string) {
	delete(r.sanctions, viewer)
	r.people.keepOut(r.sanctions)
}

// newDay forgets the addresses of yesterday.
func (r *room) newDay(day string, salt []byte) {
	r.people.newDay(day, salt)
	r.people.keepOut(r.sanctions)
}

// tidy forgets what has had its time.
func (r *room) tidy(now time.Time, retention time.Duration) {
	before := now.Add(-retention)
	if len(r.backlog) > 0 && r.backlog[0].At.Before(before) {
		r.drop(func(m *overlay.ChatMessage) bool { return m.At.Before(before) })
	}
	maps.DeleteFunc(r.sanctions, func(_ string, s overlay.ChatSanction) bool { return !now.Before(s.Until) })
	r.people.keepOut(r.sanctions)
	r.people.tidy(now)
}

// stamp is a time as it is kept.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
