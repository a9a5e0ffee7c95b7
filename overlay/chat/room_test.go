package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// rules is a room and a clock to turn.
type rules struct {
	t    *testing.T
	room *room
	now  time.Time
}

func newRules(t *testing.T) *rules {
	r := newRoom(Stream{Name: "main", Host: "Lan"}, &feed{})
	r.newDay("2026-03-01", newSalt())
	return &rules{t, r, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
}

// posts lets a viewer write, and compares what comes of it with a reason.
func (s *rules) posts(id, text string, addr byte, want Reason) (no Refusal) {
	s.t.Helper()
	if _, refusal := s.room.judge(&Post{Viewer: id, Nickname: "Ana", Text: text, Addr: from(addr)}, s.now); refusal != nil {
		no = *refusal
	}
	if no.Reason != want {
		s.t.Fatalf("%q from %d: %q, want %q", text, addr, no.Reason, want)
	}
	return no
}

func TestViewersRate(t *testing.T) {
	s := newRules(t)
	id := newID()
	for i := range 5 {
		s.posts(id, fmt.Sprint(i), 1, "")
	}
	if no := s.posts(id, "6", 1, Rate); no.After <= 0 || no.After > time.Second {
		t.Errorf("try again after %v", no.After)
	}
	s.posts(newID(), "another viewer", 1, "")
	s.now = s.now.Add(time.Second)
	s.posts(id, "6", 1, "")
	s.posts(id, "7", 1, Rate)
	s.now = s.now.Add(time.Hour)
	for i := range 5 {
		s.posts(id, fmt.Sprint(i), 1, "")
	}
	s.posts(id, "8", 1, Rate)
}

func TestAddressesRate(t *testing.T) {
	s := newRules(t)
	for range 20 {
		s.posts(newID(), "new", 1, "")
	}
	s.posts(newID(), "one too many", 1, Address)
	s.posts(newID(), "from elsewhere", 2, "")
	for range 9 {
		s.posts(newID(), "again", 1, Address)
	}
	if no := s.posts(newID(), "all is spent", 1, Address); no.After > 100*time.Millisecond {
		t.Errorf("try again after %v", no.After)
	}
	s.now = s.now.Add(3 * time.Second)
	s.posts(newID(), "one more", 1, "")
	s.posts(newID(), "not two", 1, Address)
}

func TestRoomsRate(t *testing.T) {
	s := newRules(t)
	for i := range 200 {
		s.posts(newID(), "hi", byte(i), "")
	}
	s.posts(newID(), "one too many", 201, Busy)
	s.now = s.now.Add(10 * time.Millisecond)
	s.posts(newID(), "one more", 202, "")
}

func TestSlowMode(t *testing.T) {
	s := newRules(t)
	id := newID()
	s.posts(id, "before", 1, "")
	s.room.set(overlay.ChatSettings{Enabled: true, SlowSeconds: 30})
	s.now = s.now.Add(10 * time.Second)
	if no := s.posts(id, "too early", 1, Slow); no.After != 20*time.Second || no.Text != "Slow mode: you can write again in 20 seconds." {
		t.Errorf("%v, %q", no.After, no.Text)
	}
	s.posts(newID(), "another one", 2, "")
	s.now = s.now.Add(20 * time.Second)
	s.posts(id, "in time", 1, "")
	s.posts(id, "too early again", 1, Slow)
	s.room.set(overlay.ChatSettings{Enabled: true})
	s.posts(id, "not slow any more", 1, "")
	s.room.set(overlay.ChatSettings{})
	s.posts(id, "no chat", 1, Off)
}

func TestMuteAndBan(t *testing.T) {
	s := newRules(t)
	id, other := newID(), newID()
	viewer := publicID(t, id)
	s.posts(id, "hi", 1, "")
	s.room.sanction(overlay.ChatSanction{Viewer: viewer, Kind: overlay.ChatMute, Until: s.now.Add(10 * time.Minute)})
	if no := s.posts(id, "muted", 1, Muted); no.After != 10*time.Minute || no.Text != "You can write again in 10 minutes." {
		t.Errorf("%v, %q", no.After, no.Text)
	}
	s.posts(other, "from the same house", 1, "")
	s.now = s.now.Add(10 * time.Minute)
	s.posts(id, "again", 1, "")

	s.room.sanction(overlay.ChatSanction{Viewer: viewer, Kind: overlay.ChatBan, Until: s.now.Add(48 * time.Hour), Address: s.room.people.addressOf(viewer, &overlay.ChatSanction{}), Day: "2026-03-01"})
	s.posts(id, "banned", 1, Banned)
	s.posts(id, "from elsewhere", 2, Banned)
	s.posts(newID(), "with another id", 1, Banned)
	s.posts(newID(), "somebody else", 2, "")
	s.room.newDay("2026-03-02", newSalt())
	s.now = s.now.Add(24 * time.Hour)
	s.posts(newID(), "the address on another day", 1, "")
	s.posts(id, "the viewer on another day", 1, Banned)
	s.room.lift(viewer)
	s.posts(id, "lifted", 1, "")
}

func TestBanIsLiftedFromTheAddress(t *testing.T) {
	s := newRules(t)
	id := newID()
	viewer := publicID(t, id)
	s.posts(id, "hi", 1, "")
	s.room.sanction(overlay.ChatSanction{Viewer: viewer, Kind: overlay.ChatBan, Until: s.now.Add(time.Hour), Address: s.room.people.addressOf(viewer, &overlay.ChatSanction{}), Day: "2026-03-01"})
	s.posts(newID(), "banned", 1, Banned)
	s.room.lift(viewer)
	s.posts(newID(), "lifted", 1, "")
}

// Two who are banned at one address: neither's ban shortens or lifts the other's.
func TestBansOfOneAddress(t *testing.T) {
	s := newRules(t)
	ids := []string{newID(), newID()}
	ban := func(id string, length time.Duration) {
		viewer := publicID(t, id)
		s.room.sanction(overlay.ChatSanction{Viewer: viewer, Kind: overlay.ChatBan, Until: s.now.Add(length), Address: s.room.people.addressOf(viewer, &overlay.ChatSanction{}), Day: "2026-03-01"})
	}
	for _, id := range ids {
		s.posts(id, "hi", 1, "")
	}
	ban(ids[0], 3*time.Hour)
	ban(ids[1], time.Hour)
	s.now = s.now.Add(2 * time.Hour)
	s.posts(newID(), "the longer one counts", 1, Banned)
	s.room.tidy(s.now, 24*time.Hour)
	s.posts(newID(), "the other one has ended", 1, Banned)
	s.now = s.now.Add(-2 * time.Hour)
	ban(ids[1], time.Hour)
	s.room.lift(publicID(t, ids[1]))
	s.posts(newID(), "the other one was lifted", 1, Banned)
	s.room.sanction(overlay.ChatSanction{Viewer: publicID(t, ids[0]), Kind: overlay.ChatMute, Until: s.now.Add(time.Hour)})
	s.posts(newID(), "nobody is banned", 1, "")
}

func TestWhatIsNotTaken(t *testing.T) {
	s := newRules(t)
	s.room.set(overlay.ChatSettings{Enabled: true, BlockedWords: []string{"scam"}})
	for name, tc := range map[string]struct {
		id, nickname, text string
		want               Reason
	}{
		"no id":            {"", "Ana", "hi", Malformed},
		"short id":         {"abc", "Ana", "hi", Malformed},
		"host's name":      {newID(), "L4N", "hi", NameTaken},
		"word":             {newID(), "Ana", "what a SCAM", Words},
		"word as nickname": {newID(), "scam", "hi", Words},
		"no text":          {newID(), "Ana", "", Malformed},
		"no nickname":      {newID(), "", "hi", Malformed},
	} {
		_, no := s.room.judge(&Post{Viewer: tc.id, Nickname: tc.nickname, Text: tc.text, Addr: from(1)}, s.now)
		if no == nil || no.Reason != tc.want || no.Text == "" {
			t.Errorf("%s: %v, want %s", name, no, tc.want)
		}
	}
}

// What strangers send must not fill the memory.
func TestPeopleAreForgotten(t *testing.T) {
	s := newRules(t)
	for i := range 50 {
		s.posts(newID(), "hi", byte(i), "")
	}
	s.now = s.now.Add(idleAddress + time.Second)
	s.room.tidy(s.now, time.Hour)
	if p := s.room.people; len(p.addresses) != 0 || len(p.viewers) != 50 {
		t.Errorf("%d addresses, %d viewers", len(p.addresses), len(p.viewers))
	}
	s.now = s.now.Add(idleViewer)
	s.room.tidy(s.now, time.Hour)
	if n := len(s.room.people.viewers); n != 0 {
		t.Errorf("%d viewers", n)
	}
	if n := s.room.people.order.Len(); n != 0 {
		t.Errorf("%d places", n)
	}
}

// A room full of viewers takes a new one, and forgets who was unseen for longest.
func TestNewViewersFindAPlace(t *testing.T) {
	s := newRules(t)
	first, second := newID(), newID()
	s.posts(first, "hi", 1, "")
	s.posts(second, "hi", 1, "")
	for range maxViewers - 2 {
		s.room.people.saw(newID(), &viewer{}, s.now)
	}
	s.posts(first, "still here", 1, "")
	s.posts(newID(), "one more", 1, "")
	p := s.room.people
	if len(p.viewers) != maxViewers || p.order.Len() != maxViewers {
		t.Errorf("%d viewers, %d places", len(p.viewers), p.order.Len())
	}
	if p.viewers[publicID(t, first)] == nil || p.viewers[publicID(t, second)] != nil {
		t.Error("not the one was forgotten who was unseen for longest")
	}
}

// Who is refused takes no place.
func TestRefusedTakeNoPlace(t *testing.T) {
	s := newRules(t)
	for i := range 200 {
		s.posts(newID(), "hi", byte(i), "")
	}
	for i := range 50 {
		s.posts(newID(), "too many", byte(i), Busy)
	}
	if n := len(s.room.people.viewers); n != 200 {
		t.Errorf("%d viewers have a place", n)
	}
}

func TestBacklogEnds(t *testing.T) {
	s := newRules(t)
	for i := range 150 {
		s.room.show(overlay.ChatMessage{ID: uint64(i), At: s.now.Add(time.Duration(i) * time.Second)})
	}
	if b := s.room.backlog; len(b) != Backlog || b[0].ID != 50 || b[99].ID != 149 {
		t.Errorf("%d messages from %d on", len(b), b[0].ID)
	}
	s.room.tidy(s.now.Add(time.Hour+100*time.Second), time.Hour)
	if b := s.room.backlog; len(b) != 50 || b[0].ID != 100 {
		t.Errorf("%d messages from %d on", len(b), b[0].ID)
	}
}

// Viewers are told of all that is kept of them.
func TestNoticeTellsOfSanctions(t *testing.T) {
	for _, want := range []string{"24 hours", "a hash of it is kept until the day (UTC) is over", "public id beside your messages until that ends", "mutes or bans you"} {
		if got := Notice(23*time.Hour + 30*time.Minute); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func TestRough(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 1500 * time.Millisecond: "2 seconds", time.Minute: "1 minute", 90 * time.Second: "90 seconds",
		150 * time.Second: "3 minutes", time.Hour: "1 hour", 24 * time.Hour: "1 day", 36 * time.Hour: "36 hours", 72 * time.Hour: "3 days",
	} {
		if got := rough(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
