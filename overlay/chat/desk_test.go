package chat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// says lets a viewer write, and fails if that is not taken.
func says(t *testing.T, d *Desk, id, text string) overlay.ChatMessage {
	t.Helper()
	m, err := d.Post(t.Context(), "main", Post{Viewer: id, Nickname: "Ana", Text: text, Addr: from(1)})
	must(t, err)
	return m
}

// take waits until a bubble is quiet, and returns what a reader has got by then.
func take(t *testing.T, r *Reader) []string {
	t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	frames, err := r.Take(nil)
	must(t, err)
	return events(t, frames...)
}

func TestMessageGoesToAllWhoRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		early, err := d.Join("main", from(9))
		must(t, err)
		m := says(t, d, newID(), "<b>hi</b>")
		if store.texts()[0] != "<b>hi</b>" {
			t.Error("acknowledged, and not kept")
		}
		want := fmt.Sprintf(`{"id":%d,"at":"%s","viewer":"%s","nickname":"Ana","role":"viewer","text":"\u003cb\u003ehi\u003c/b\u003e"}`, m.ID, m.At.Format(time.RFC3339Nano), m.Viewer)
		if got := take(t, early); !slices.Equal(got, []string{"message " + want}) {
			t.Errorf("got %q, want %q", got, want)
		}
		late, err := d.Join("main", from(9))
		must(t, err)
		got := events(t, late.Opening)
		if len(got) != 1 || !strings.HasPrefix(got[0], `room {"enabled":true,"slow_seconds":0,"retention_seconds":86400,"notice":"Your nickname,`) || !strings.HasSuffix(got[0], `"host":"Lan","messages":[`+want+`]}`) {
			t.Errorf("who comes late gets %q", got)
		}
		if got := take(t, late); len(got) != 0 {
			t.Errorf("and then %q", got)
		}
		early.Leave()
		early.Leave()
		late.Cut()
		if s, _ := d.Status("main"); s.Readers != 0 {
			t.Errorf("%d readers are left", s.Readers)
		}
	})
}

func TestOneEncodingForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		a, err := d.Join("main", from(1))
		must(t, err)
		b, err := d.Join("main", from(2))
		must(t, err)
		says(t, d, newID(), "first")
		time.Sleep(gather) // the desk is at rest
		writes := store.writes
		finished := make(chan error, 30)
		for i := range 30 {
			go func() {
				_, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: fmt.Sprint(i), Addr: from(byte(i))})
				finished <- err
			}()
		}
		for range 30 {
			must(t, <-finished)
		}
		synctest.Wait()
		if n := store.written() - writes; n > 2 {
			t.Errorf("30 messages at once took %d transactions", n)
		}
		ofA, err := a.Take(nil)
		must(t, err)
		ofB, err := b.Take(nil)
		must(t, err)
		if len(ofA) > 3 || len(events(t, ofA...)) != 31 {
			t.Errorf("%d events in %d pieces", len(events(t, ofA...)), len(ofA))
		}
		for i := range ofA {
			if &ofA[i][0] != &ofB[i][0] {
				t.Error("two readers have two copies")
			}
		}
		a.Leave()
		b.Leave()
	})
}

func TestModeration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		ctx := t.Context()
		bad, good := newID(), newID()
		one := says(t, d, bad, "one")
		two := says(t, d, bad, "two")
		says(t, d, good, "three")
		r, err := d.Join("main", from(1))
		must(t, err)
		defer r.Leave()

		must(t, d.Delete(ctx, "main", one.ID))
		must(t, d.Delete(ctx, "main", one.ID))
		sanction, err := d.Ban(ctx, "main", two.Viewer, 0)
		must(t, err)
		if _, err := d.Post(ctx, "main", Post{Viewer: newID(), Nickname: "Ana", Text: "four", Addr: from(1)}); reason(err) != Banned {
			t.Errorf("another viewer from a banned address: %v", err)
		}
		still, err := d.Mute(ctx, "main", two.Viewer, time.Minute)
		must(t, err)
		if still.Kind != overlay.ChatBan || !still.Until.Equal(sanction.Until) {
			t.Errorf("a mute made of a ban: %+v", still)
		}
		host, err := d.Say(ctx, "main", overlay.ChatHost, "", "five")
		must(t, err)
		_, err = d.Set(ctx, "main", func(s *overlay.ChatSettings) { s.SlowSeconds, s.BlockedWords = 30, []string{"scam"} })
		must(t, err)
		want := []string{
			fmt.Sprintf(`delete {"id":%d}`, one.ID), fmt.Sprintf(`delete {"id":%d}`, one.ID), fmt.Sprintf(`erase {"viewer":"%s"}`, two.Viewer),
			fmt.Sprintf(`message {"id":%d,"at":"%s","nickname":"Lan","role":"host","text":"five"}`, host.ID, host.At.Format(time.RFC3339Nano)),
			`mode {"enabled":true,"slow_seconds":30}`,
		}
		if got := take(t, r); !slices.Equal(got, want) {
			t.Errorf("readers got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := store.texts(); !slices.Equal(got, []string{"three", "five"}) {
			t.Errorf("kept %q", got)
		}
		must(t, d.Lift(ctx, "main", two.Viewer))
		status, err := d.Status("main")
		must(t, err)
		if len(status.Sanctions) != 0 || status.SlowSeconds != 30 || len(status.Messages) != 2 {
			t.Errorf("%+v", status)
		}
		time.Sleep(time.Minute)
		says(t, d, bad, "six")
	})
}

func TestWrongOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := open(t, newMemory())
		defer stop()
		ctx := t.Context()
		viewer := publicID(t, newID())
		_, slow := d.Set(ctx, "main", func(s *overlay.ChatSettings) { s.SlowSeconds = 301 })
		_, words := d.Set(ctx, "main", func(s *overlay.ChatSettings) { s.BlockedWords = []string{"!"} })
		_, length := d.Mute(ctx, "main", viewer, -time.Second)
		_, long := d.Ban(ctx, "main", viewer, 2*MaxSanction)
		_, nobody := d.Ban(ctx, "main", "nobody", 0)
		_, role := d.Say(ctx, "main", overlay.ChatViewer, "Ana", "hi")
		for name, err := range map[string]error{"slow": slow, "words": words, "length": length, "long": long, "nobody": nobody, "role": role, "lift": d.Lift(ctx, "main", ""), "erase": d.Erase(ctx, "x")} {
			var invalid *overlay.Invalid
			if !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, join := d.Join("other", from(1))
		_, status := d.Status("other")
		_, post := d.Post(ctx, "other", Post{})
		for name, err := range map[string]error{"join": join, "status": status, "post": post, "delete": d.Delete(ctx, "other", 1)} {
			if !errors.Is(err, ErrNoStream) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if s, _ := d.Status("main"); s.SlowSeconds != 0 || len(s.Sanctions) != 0 {
			t.Errorf("something was changed: %+v", s)
		}
	})
}

func TestViewerErasesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store, Stream{Name: "main"}, Stream{Name: "second"})
		defer stop()
		id := newID()
		says(t, d, id, "one")
		_, err := d.Post(t.Context(), "second", Post{Viewer: id, Nickname: "Ana", Text: "two", Addr: from(1)})
		must(t, err)
		says(t, d, newID(), "three")
		r, err := d.Join("second", from(1))
		must(t, err)
		defer r.Leave()
		if err := d.EraseOwn(t.Context(), publicID(t, id), from(2)); reason(err) != Malformed {
			t.Errorf("the public id erases: %v", err)
		}
		must(t, d.EraseOwn(t.Context(), id, from(1)))
		must(t, d.EraseOwn(t.Context(), newID(), from(1))) // nobody was told of one who was never there
		if got := take(t, r); !slices.Equal(got, []string{`erase {"viewer":"` + publicID(t, id) + `"}`}) {
			t.Errorf("readers got %q", got)
		}
		if got := store.texts(); !slices.Equal(got, []string{"three"}) {
			t.Errorf("kept %q", got)
		}
		for range 3 {
			must(t, d.EraseOwn(t.Context(), id, from(1)))
		}
		if err := d.EraseOwn(t.Context(), id, from(1)); reason(err) != Address {
			t.Errorf("a sixth time: %v", err)
		}
	})
}

// A message that is being written down while its viewer is erased or banned must
// not appear afterwards.
func TestErasureOvertakesAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		r, err := d.Join("main", from(1))
		must(t, err)
		defer r.Leave()
		store.hold = make(chan struct{})
		id := newID()
		posted, erased := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := d.Post(t.Context(), "main", Post{Viewer: id, Nickname: "Ana", Text: "oh no", Addr: from(1)})
			posted <- err
		}()
		synctest.Wait()
		go func() { erased <- d.Erase(t.Context(), publicID(t, id)) }()
		synctest.Wait()
		close(store.hold)
		if err := <-posted; reason(err) != Unavailable {
			t.Errorf("the writer is told %v", err)
		}
		must(t, <-erased)
		if got := take(t, r); len(got) != 1 || !strings.HasPrefix(got[0], "erase") {
			t.Errorf("readers got %q", got)
		}
		if got := store.texts(); len(got) != 0 {
			t.Errorf("kept %q", got)
		}
	})
}

func TestRestartKnowsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		first := says(t, d, newID(), "before")
		banned := newID()
		says(t, d, banned, "spam")
		_, err := d.Ban(t.Context(), "main", publicID(t, banned), 0)
		must(t, err)
		_, err = d.Set(t.Context(), "main", func(s *overlay.ChatSettings) { s.SlowSeconds = 7 })
		must(t, err)
		stop()
		if _, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: "hi", Addr: from(3)}); reason(err) != Unavailable {
			t.Errorf("after the end: %v", err)
		}

		d, stop = open(t, store)
		defer stop()
		status, err := d.Status("main")
		must(t, err)
		if len(status.Messages) != 1 || status.Messages[0] != first || status.SlowSeconds != 7 || len(status.Sanctions) != 1 {
			t.Errorf("%+v", status)
		}
		for id, addr := range map[string]byte{banned: 2, newID(): 1} {
			if _, err := d.Post(t.Context(), "main", Post{Viewer: id, Nickname: "Ana", Text: "hi", Addr: from(addr)}); reason(err) != Banned {
				t.Errorf("from %d: %v", addr, err)
			}
		}
		if m := func() overlay.ChatMessage {
			m, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: "after", Addr: from(3)})
			must(t, err)
			return m
		}(); m.ID <= first.ID {
			t.Errorf("message %d comes after %d", m.ID, first.ID)
		}
	})
}

// While the database is away nobody can write, and what moderators do counts.
func TestStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		id := newID()
		m := says(t, d, id, "one")
		r, err := d.Join("main", from(1))
		must(t, err)
		defer r.Leave()
		store.set(errors.New("disk full"))
		if _, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: "lost", Addr: from(3)}); reason(err) != Unavailable {
			t.Errorf("a message: %v", err)
		}
		if _, err := d.Ban(t.Context(), "main", m.Viewer, 0); !errors.Is(err, ErrUnsaved) {
			t.Errorf("a ban: %v", err)
		}
		if got := take(t, r); !slices.Equal(got, []string{`erase {"viewer":"` + m.Viewer + `"}`}) {
			t.Errorf("readers got %q", got)
		}
		store.set(nil)
		time.Sleep(2 * storeRetry)
		if got := store.texts(); len(got) != 0 || len(store.sanctions) != 1 {
			t.Errorf("kept %q and %d sanctions", got, len(store.sanctions))
		}
	})
}

func TestSlowReaderIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := open(t, nil)
		defer stop()
		stuck, err := d.Join("main", from(1))
		must(t, err)
		quick, err := d.Join("main", from(2))
		must(t, err)
		for i := range maxFrames + 1 {
			_, err := d.Say(t.Context(), "main", overlay.ChatModerator, "Mai", fmt.Sprint(i))
			must(t, err)
			if _, err := quick.Take(nil); err != nil {
				t.Fatalf("one who reads: %v", err)
			}
		}
		if _, err := stuck.Take(nil); !errors.Is(err, ErrSlow) {
			t.Errorf("one who does not: %v", err)
		}
		if n := len(stuck.feed.frames); n > maxFrames {
			t.Errorf("%d frames are kept", n)
		}
		stuck.Cut()
		quick.Leave()
	})
}

func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := open(t, nil)
		defer stop()
		r, err := d.Join("main", from(1))
		must(t, err)
		defer r.Leave()
		begun := time.Now()
		var frames [][]byte
		for len(frames) == 0 {
			<-r.Ready()
			frames, err = r.Take(nil)
			must(t, err)
		}
		if d := time.Since(begun); d > beatEvery {
			t.Errorf("it came after %v", d)
		}
		if got := events(t, frames...); len(got) != 1 || got[0] != fmt.Sprintf(`beat {"now":%d}`, time.Now().UnixMilli()) {
			t.Errorf("%q", got)
		}
	})
}

func TestApplyFollowsStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := open(t, newMemory())
		defer stop()
		says(t, d, newID(), "one")
		_, err := d.Set(t.Context(), "main", func(s *overlay.ChatSettings) { s.SlowSeconds = 9 })
		must(t, err)
		r, err := d.Join("main", from(1))
		must(t, err)
		must(t, d.Apply([]Stream{{Name: "second"}}))
		<-r.Ready()
		if _, err := r.Take(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("a reader of what has gone: %v", err)
		}
		r.Leave()
		if _, err := d.Join("main", from(1)); !errors.Is(err, ErrNoStream) {
			t.Errorf("a late one: %v", err)
		}
		must(t, d.Apply([]Stream{{Name: "main", Host: "Mai"}}))
		status, err := d.Status("main")
		must(t, err)
		if status.SlowSeconds != 9 || len(status.Messages) != 1 || status.Host != "Mai" {
			t.Errorf("%+v", status)
		}
		if _, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Mai", Text: "hi", Addr: from(2)}); reason(err) != NameTaken {
			t.Errorf("the new host's name: %v", err)
		}
		for _, bad := range []Stream{{Name: "a b"}, {Name: "main", Host: "a\u200bb"}, {Name: "main", Host: "· ·"}} {
			if d.Apply([]Stream{bad}) == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
	})
}

// What the configuration says counts until a moderator says something else, and
// again when the configuration changes.
func TestConfigurationAndModerators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		stream := Stream{Name: "main", Slow: 30 * time.Second, BlockedWords: []string{"scam"}}
		slow := func(d *Desk) int {
			s, err := d.Status("main")
			must(t, err)
			return s.SlowSeconds
		}
		d, stop := open(t, store, stream)
		if n := slow(d); n != 30 {
			t.Errorf("%d s at first", n)
		}
		_, err := d.Set(t.Context(), "main", func(s *overlay.ChatSettings) {
			*s = overlay.ChatSettings{Enabled: true, SlowSeconds: 5, BlockedWords: []string{"spam"}}
		})
		must(t, err)
		for _, text := range []string{"scam", "spam"} {
			if _, err := d.Post(t.Context(), "main", Post{Viewer: newID(), Nickname: "Ana", Text: text, Addr: from(1)}); reason(err) != Words {
				t.Errorf("%s: %v", text, err)
			}
		}
		must(t, d.Apply([]Stream{stream}))
		stop()
		d, stop = open(t, store, stream)
		if n := slow(d); n != 5 {
			t.Errorf("%d s after a restart", n)
		}
		stream.Slow, stream.BlockedWords = time.Minute, nil
		must(t, d.Apply([]Stream{stream}))
		if n := slow(d); n != 60 {
			t.Errorf("%d s after the configuration changed", n)
		}
		says(t, d, newID(), "scam")
		stop()
		stream.Slow = 2 * time.Minute
		d, stop = open(t, store, stream)
		defer stop()
		if n := slow(d); n != 120 {
			t.Errorf("%d s after the configuration changed meanwhile", n)
		}
		stream.Slow = time.Hour
		if d.Apply([]Stream{stream}) == nil || d.Apply([]Stream{{Name: "main", BlockedWords: []string{"!"}}}) == nil {
			t.Error("what cannot be is taken")
		}
	})
}

func TestReadersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := open(t, nil)
		defer stop()
		var all []*Reader
		for range maxReadersThere {
			r, err := d.Join("main", from(1))
			must(t, err)
			all = append(all, r)
		}
		if _, err := d.Join("main", from(1)); !errors.Is(err, ErrFull) {
			t.Errorf("one too many: %v", err)
		}
		other, err := d.Join("main", from(2))
		must(t, err)
		other.Leave()
		for _, r := range all {
			r.Leave()
		}
		r, err := d.Join("main", from(1))
		must(t, err)
		r.Leave()
	})
}

func TestPostIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		store.hold = make(chan struct{})
		d, stop := open(t, store)
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Post(ctx, "main", Post{Viewer: newID(), Nickname: "Ana", Text: "hi", Addr: from(1)}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(store.hold)
	})
}

// While the database is away, strangers must not fill the memory with wishes, and
// what was promised is written down afterwards.
func TestErasuresAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		old := newID()
		says(t, d, old, "old")
		store.set(errors.New("disk full"))
		address := 0
		erase := func(id string) error {
			address++
			return d.EraseOwn(t.Context(), id, netip.AddrFrom4([4]byte{10, 0, byte(address >> 8), byte(address)}))
		}
		for range 3 {
			if err := erase(old); !errors.Is(err, ErrUnsaved) {
				t.Errorf("an erasure: %v", err)
			}
		}
		if n := owed(d); n != 1 {
			t.Errorf("one viewer is to be erased %d times", n)
		}
		var all sync.WaitGroup
		var refused atomic.Int64
		for range maxQueue + 100 {
			address++
			addr := netip.AddrFrom4([4]byte{10, 0, byte(address >> 8), byte(address)})
			all.Go(func() {
				if err := d.EraseOwn(t.Context(), newID(), addr); reason(err) == Unavailable {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n != 101 || owed(d) != maxQueue {
			t.Errorf("%d erasures were refused, %d are kept", n, owed(d))
		}
		if err := d.Erase(t.Context(), publicID(t, newID())); !errors.Is(err, ErrUnsaved) {
			t.Errorf("a moderator's: %v", err)
		}
		store.set(nil)
		writes := store.written()
		time.Sleep(2 * storeRetry)
		if n := store.written() - writes; n < maxQueue/portion {
			t.Errorf("all was written in %d portions", n)
		}
		if got := store.texts(); len(got) != 0 || owed(d) != 0 {
			t.Errorf("kept %q, and %d to do", got, owed(d))
		}
		must(t, erase(newID()))
	})
}

func TestErasersShareWhatIsLeft(t *testing.T) {
	d, err := New(Config{})
	must(t, err)
	for i := range maxAddresses {
		must(t, d.mayErase(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), time.Now()))
	}
	now := time.Now()
	for i := range 5 {
		must(t, d.mayErase(from(byte(i)), now))
	}
	if err := d.mayErase(from(5), now); reason(err) != Address {
		t.Errorf("one more address: %v", err)
	}
}

func owed(d *Desk) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.owed
}
