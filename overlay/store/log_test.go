package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

// isError checks which error it is.
func isError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func testConflict(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 10), nil))
	want := load(t, s)
	for name, events := range map[string][]overlay.Event{
		"the last one":        {put(10, "x", "another")},
		"the last and a next": {put(10, "x", "another"), put(11, "x", "another")},
		"the first one":       {put(1, "x", "another")},
		"there, then another": {puts(9, 9)[0], put(10, "x", "another"), put(11, "x", "another")},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Append(t.Context(), events, nil)
			isError(t, err, store.ErrConflict)
			says(t, err, "append event", "another hawker writes to this database")
			same(t, load(t, s), want)
		})
	}
}

func testAgain(t *testing.T, c store.Config) {
	s := open(t, c)
	answer := &overlay.Receipt{Key: "k", Hash: "h", Status: 200, Body: []byte("{}"), At: noon}
	for range 2 {
		must(t, s.Append(t.Context(), puts(1, 10), answer))
	}
	same(t, load(t, s).Seq, uint64(10))
	// As after an error that left open what was written.
	must(t, s.Append(t.Context(), puts(9, 80), &overlay.Receipt{Key: "k2", At: noon}))
	same(t, load(t, s), (&overlay.State{}).With(puts(1, 80)...))
}

func testGap(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 3), nil))
	says(t, s.Append(t.Context(), puts(5, 6), nil), "append events 5 to 6", "the log ends with event 3")
	says(t, s.Append(t.Context(), []overlay.Event{put(4, "a", "A"), put(6, "a", "A")}, nil), "event 6 comes after event 4")
	same(t, load(t, s).Seq, uint64(3))
}

func testAppendOnly(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 3), nil))
	says(t, s.Exec(t.Context(), "UPDATE hawker_events SET type = 'x'"), "hawker_events is a log", "never changed")
	says(t, s.Exec(t.Context(), "DELETE FROM hawker_events WHERE seq = 2"), "hawker_events is a log", "nothing is deleted")
	if !c.URL.Empty() {
		says(t, s.Exec(t.Context(), "TRUNCATE hawker_events"), "hawker_events is a log")
	}
	same(t, load(t, s).Seq, uint64(3))
}

// testDamage does what the triggers forbid.
func testDamage(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 9), nil))
	for _, drop := range []string{"DROP TRIGGER hawker_events_no_update", "DROP TRIGGER hawker_events_no_delete"} {
		if c.URL.Empty() {
			must(t, s.Exec(t.Context(), drop))
		}
	}
	if !c.URL.Empty() {
		must(t, s.Exec(t.Context(), "DROP TRIGGER hawker_events_no_change ON hawker_events"))
	}
	must(t, s.Exec(t.Context(), "UPDATE hawker_events SET data = REPLACE(data, '1250', '1240') WHERE seq = 5"))
	_, err := s.Load(t.Context())
	says(t, err, "load the log of events: event 5 is damaged")
	_, err = s.Events(t.Context(), overlay.LogQuery{After: 3})
	says(t, err, "event 5 is damaged")
	must(t, s.Exec(t.Context(), "DELETE FROM hawker_events WHERE seq = 5"))
	_, err = s.Load(t.Context())
	says(t, err, "damaged", "event 6 comes after event 4")
	must(t, s.Exec(t.Context(), "DELETE FROM hawker_events WHERE seq > 4"))
	must(t, s.Save(t.Context(), load(t, s)))
	must(t, s.Exec(t.Context(), "DELETE FROM hawker_events WHERE seq IN (2, 4)"))
	_, err = s.Load(t.Context())
	says(t, err, "damaged", "of 4 events 2 are there")
}

func testReceipts(t *testing.T, c store.Config) {
	s := open(t, c)
	want := overlay.Receipt{Key: "key-1", Hash: "abc", Status: 201, Body: []byte("{\"a\":\"\\u0000\x00\xff\"}"), At: noon}
	empty := overlay.Receipt{Key: "key-2", At: noon}
	must(t, s.Append(t.Context(), nil, &want))
	must(t, s.Append(t.Context(), nil, &empty))
	must(t, s.Close())
	s = open(t, c)
	got, there, err := s.Receipt(t.Context(), "key-1")
	must(t, err)
	same(t, []any{got, there}, []any{want, true})
	got, there, err = s.Receipt(t.Context(), "key-2")
	must(t, err)
	same(t, []any{got.Status, len(got.Body), there}, []any{0, 0, true})
	_, there, err = s.Receipt(t.Context(), "key-3")
	must(t, err)
	same(t, there, false)
}

func testReceiptIsAtomic(t *testing.T, c store.Config) {
	s := open(t, c)
	first := overlay.Receipt{Key: "k", Hash: "abc", Status: 200, Body: []byte("one"), At: noon}
	must(t, s.Append(t.Context(), puts(1, 2), &first))
	second := first
	second.Body = []byte("two")
	isError(t, s.Append(t.Context(), puts(3, 4), &second), store.ErrAnswered)
	second.Key = "other"
	isError(t, s.Append(t.Context(), []overlay.Event{put(2, "x", "another")}, &second), store.ErrConflict)
	same(t, load(t, s).Seq, uint64(2))
	_, there, err := s.Receipt(t.Context(), "other")
	must(t, err)
	same(t, there, false)
}

func testSecond(t *testing.T, c store.Config) {
	s := open(t, c)
	short, cancel := context.WithTimeout(t.Context(), time.Second) // it would wait for 5 at PostgreSQL
	defer cancel()
	_, err := store.Open(short, c)
	isError(t, err, store.ErrInUse)
	says(t, err, "another hawker uses this database")
	must(t, s.Append(t.Context(), puts(1, 2), nil))
	must(t, s.Close())
	began := time.Now()
	same(t, load(t, open(t, c)).Seq, uint64(2))
	if d := time.Since(began); d > readyWithin {
		t.Errorf("ready after %v", d)
	}
}

func testNewer(t *testing.T, c store.Config) {
	s := open(t, c)
	flag := any(true)
	if c.URL.Empty() {
		flag = 1
	}
	must(t, s.Exec(t.Context(), "INSERT INTO hawker_migrations (version_id, is_applied) VALUES (4711, $1)", flag))
	must(t, s.Close())
	_, err := store.Open(limited(t), c)
	says(t, err, "newer hawker", "4711", "use that hawker")
}
