package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

func TestRestartKnowsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		first := says(t, d, newID(), "before")
		banned := newID()
		says(t, d, banned, "spam")
		_, err := d.Ban(t.Context(), "main", publicID(t, banned), Terms{})
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
		if _, err := d.Ban(t.Context(), "main", m.Viewer, Terms{}); !errors.Is(err, ErrUnsaved) {
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
