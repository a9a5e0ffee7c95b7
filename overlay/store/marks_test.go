package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

// A stream of which much happens has marks, from which its events lead to what it
// shows now.
func testMarks(t *testing.T, c store.Config) {
	s := open(t, c)
	state := (&overlay.State{}).With()
	at := func(seq uint64) time.Time { return noon.Add(time.Duration(seq) * time.Second) }
	append := func(events ...overlay.Event) {
		for i := range events {
			e := &events[i]
			e.Seq = state.Seq + 1
			e.At, state = at(e.Seq), state.With(*e)
		}
		must(t, s.Append(t.Context(), events, nil))
	}
	banner := func(show bool) overlay.Event {
		b := overlay.Banner{ID: "hello", Text: "Hello"}
		if show {
			return overlay.Event{Type: overlay.BannerShown, Stream: "main", ID: b.ID, Banner: &b}
		}
		return overlay.Event{Type: overlay.BannerHidden, Stream: "main", ID: b.ID, Banner: &b}
	}
	honey := put(1, "honey", "Honey")
	honey.Type, honey.Stream, honey.Run, honey.Starts = overlay.OfferStarted, "main", 1, noon
	append(honey, overlay.Event{Type: overlay.BannerShown, Stream: "main", ID: "steady", Banner: &overlay.Banner{ID: "steady", Text: "Free shipping"}})
	for range 20 {
		var some []overlay.Event
		for range 20 {
			some = slices.Concat(some, []overlay.Event{banner(true), live(0, "other"), banner(false), banner(true), banner(false)})
		}
		append(some...)
		must(t, s.Save(t.Context(), state))
	}
	marks, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_marks WHERE stream = 'main'")
	must(t, err)
	idle, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_marks WHERE stream = 'other'")
	must(t, err)
	same(t, []int64{marks, idle}, []int64{5, 1})

	m, err := s.Mark(t.Context(), "main", at(1500))
	must(t, err)
	if m.Seq > 1500 || m.Seq < 1000 || !m.At.Equal(at(m.Seq)) || len(m.Stage.Runs) != 1 {
		t.Fatalf("the mark is %+v", m)
	}
	now := (&overlay.State{Seq: m.Seq, Stages: map[string]overlay.Stage{"main": m.Stage}}).With()
	for {
		events, err := s.Events(t.Context(), overlay.LogQuery{Stream: "main", After: now.Seq})
		must(t, err)
		if len(events) == 0 {
			break
		}
		now = now.With(events...)
	}
	same(t, now.Stages["main"], state.Stages["main"])
	same(t, len(now.Stages["main"].Banners), 1)

	for what, q := range map[string]struct {
		stream string
		at     time.Time
	}{"before the first one": {"main", at(3)}, "of no stream": {"nobody", at(1500)}} {
		m, err := s.Mark(t.Context(), q.stream, q.at)
		must(t, err)
		if m.Seq != 0 || len(m.Stage.Runs) != 0 {
			t.Errorf("%s there is %+v", what, m)
		}
	}
	must(t, s.Exec(t.Context(), "UPDATE hawker_marks SET data = REPLACE(data, 'Honey', 'Money')"))
	m, err = s.Mark(t.Context(), "main", at(1500))
	must(t, err)
	same(t, m, overlay.Mark{})
}
