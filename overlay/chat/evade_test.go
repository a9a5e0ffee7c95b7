package chat

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// mute mutes a viewer of the room for ten minutes, with the address.
func (s *rules) mute(id string) {
	s.t.Helper()
	viewer := publicID(s.t, id)
	s.room.sanction(overlay.ChatSanction{Viewer: viewer, Kind: overlay.ChatMute, Until: s.now.Add(10 * time.Minute), Address: s.room.people.addressOf(viewer, &overlay.ChatSanction{}), Day: "2026-03-01"})
}

func TestAnotherIDIsMutedToo(t *testing.T) {
	s := newRules(t)
	id, neighbour := newID(), newID()
	s.posts(id, "spam", 1, "")
	s.posts(neighbour, "hi", 1, "")
	s.mute(id)
	s.now = s.now.Add(time.Minute)
	if no := s.posts(newID(), "spam again", 1, Muted); no.After != 9*time.Minute || no.Text != "Somebody in your network may not write. Who is new there can write in 9 minutes." {
		t.Errorf("%v, %q", no.After, no.Text)
	}
	s.posts(neighbour, "one of the same house", 1, "")
	s.posts(newID(), "one of another house", 2, "")
	s.room.lift(publicID(t, id))
	s.posts(newID(), "lifted", 1, "")
	s.mute(id)
	s.room.newDay("2026-03-02", newSalt())
	s.posts(newID(), "the address on another day", 1, "")
	s.posts(id, "the viewer on another day", 1, Muted)
}

// Nobody is known by what was refused.
func TestIDsAreNotMadeKnownInSlowMode(t *testing.T) {
	s := newRules(t)
	s.room.set(overlay.ChatSettings{Enabled: true, SlowSeconds: 30})
	id, kept := newID(), newID()
	s.posts(id, "spam", 1, "")
	s.posts(kept, "for later", 1, Slow)
	s.mute(id)
	s.now = s.now.Add(time.Minute)
	s.posts(kept, "spam", 1, Muted)
}

// A muted viewer presses the page's button that erases, and has another id.
func TestErasingIsNoWayAroundAMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		id, neighbour := newID(), newID()
		says(t, d, neighbour, "hi")
		m := says(t, d, id, "spam")
		in, err := d.Mute(t.Context(), "main", m.Viewer, Terms{})
		must(t, err)
		if !in.AddressToo {
			t.Errorf("the moderator is told %+v", in)
		}
		must(t, d.EraseOwn(t.Context(), id, from(1)))
		refused := func(when string) {
			t.Helper()
			if _, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: "spam", Addr: from(1)}); reason(err) != Muted {
				t.Errorf("%s: another id is answered %v", when, err)
			}
			says(t, d, neighbour, when)
		}
		refused("at once")
		stop()
		d, stop = open(t, store)
		defer stop()
		refused("after a restart")
		time.Sleep(DefaultMute)
		says(t, d, newID(), "it is over")
	})
}

// Of whom nothing came since the start no address is known, unless an earlier
// sanction knows it; and a moderator may leave it alone.
func TestModeratorsAreToldOfAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		muted, gone, shared := says(t, d, newID(), "one").Viewer, says(t, d, newID(), "two").Viewer, newID()
		_, err := d.Mute(t.Context(), "main", muted, Terms{})
		must(t, err)
		stop()
		d, stop = open(t, store)
		defer stop()
		bans := func(viewer string, only, want bool) {
			t.Helper()
			in, err := d.Ban(t.Context(), "main", viewer, Terms{ViewerOnly: only})
			must(t, err)
			status, err := d.Status("main")
			must(t, err)
			shown := false
			for _, one := range status.Sanctions {
				shown = shown || one.Viewer == viewer && one.AddressToo
			}
			_, err = d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: "hi", Addr: from(1)})
			if in.AddressToo != want || shown != want || (reason(err) == Banned) != want {
				t.Errorf("viewer only %v: told %v, shown %v, and others are answered %v; want %v", only, in.AddressToo, shown, err, want)
			}
			must(t, d.Lift(t.Context(), "main", viewer))
		}
		bans(gone, false, false)
		bans(muted, false, true)
		says(t, d, shared, "three")
		bans(publicID(t, shared), true, false)
		says(t, d, shared, "four")
		bans(publicID(t, shared), false, true)
	})
}

func TestAnotherIDIsSlowToo(t *testing.T) {
	s := newRules(t)
	id, other := newID(), newID()
	s.room.set(overlay.ChatSettings{Enabled: true, SlowSeconds: 300})
	s.posts(id, "one", 1, "")
	s.now = s.now.Add(100 * time.Second)
	if no := s.posts(other, "another id", 1, Slow); no.After != 200*time.Second || no.Text != "Slow mode: somebody in your network has just written. You can write in 4 minutes." {
		t.Errorf("%v, %q", no.After, no.Text)
	}
	s.posts(newID(), "from elsewhere", 2, "")
	s.now = s.now.Add(190 * time.Second)
	s.room.tidy(s.now, time.Hour)
	s.posts(newID(), "it is not forgotten", 1, Slow)
	s.now = s.now.Add(10 * time.Second)
	s.posts(id, "the first one may", 1, "")
	s.posts(other, "and who has waited may, though a neighbour wrote just now", 1, "")
	s.posts(other, "once", 1, Slow)
	s.now = s.now.Add(300 * time.Second)
	s.posts(newID(), "nobody wrote there for long", 1, "")
	s.room.set(overlay.ChatSettings{Enabled: true})
	s.posts(newID(), "not slow any more", 1, "")
}
