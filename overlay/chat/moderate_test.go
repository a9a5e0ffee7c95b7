package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

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
		sanction, err := d.Ban(ctx, "main", two.Viewer, Terms{})
		must(t, err)
		if _, err := d.Post(ctx, "main", Post{Viewer: newID(), Nickname: "Ana", Text: "four", Addr: from(1)}); reason(err) != Banned {
			t.Errorf("another viewer from a banned address: %v", err)
		}
		still, err := d.Mute(ctx, "main", two.Viewer, Terms{For: time.Minute})
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
		_, length := d.Mute(ctx, "main", viewer, Terms{For: -time.Second})
		_, long := d.Ban(ctx, "main", viewer, Terms{For: 2 * MaxSanction})
		_, nobody := d.Ban(ctx, "main", "nobody", Terms{})
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
