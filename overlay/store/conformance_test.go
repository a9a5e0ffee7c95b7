package store_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/store/storetest"
)

// conformance is what both databases do alike. Each test has one of its own.
var conformance = map[string]func(*testing.T, store.Config){
	"an empty log":                    testEmpty,
	"the state after a restart":       testRestart,
	"a snapshot and what came after":  testSnapshot,
	"a snapshot that cannot be read":  testBadSnapshot,
	"many events at once":             testMany,
	"queries":                         testQueries,
	"a taken number":                  testConflict,
	"the same events again":           testAgain,
	"a gap":                           testGap,
	"the log is not edited":           testAppendOnly,
	"damage is found":                 testDamage,
	"answers":                         testReceipts,
	"an answer goes with its events":  testReceiptIsAtomic,
	"clicks":                          testClicks,
	"visitors are counted once a day": testVisitors,
	"a burst of clicks":               testBurst,
	"clicks that cannot be":           testBadClicks,
	"too many clicks":                 testBusy,
	"clicks at the end":               testClicksAtEnd,
	"pruning":                         testPrune,
	"visits":                          testVisits,
	"visits with leave":               testVisitsWithLeave,
	"a crowd of visits":               testCrowdOfVisits,
	"marks":                           testMarks,
	"a chat":                          testChat,
	"a chat with moderators":          testChatModeration,
	"pruning of a chat":               testChatPrune,
	"the salt of a day":               testDaySalt,
	"no trace of visitors stays":      testTraces,
	"traces while somebody reads":     testTidiedLater,
	"a second hawker":                 testSecond,
	"a newer database":                testNewer,
}

func TestSQLite(t *testing.T) {
	for name, test := range conformance {
		t.Run(name, func(t *testing.T) { test(t, store.Config{Folder: t.TempDir()}) })
	}
}

func TestPostgreSQL(t *testing.T) {
	server := storetest.StartPostgres(t)
	for name, test := range conformance {
		t.Run(name, func(t *testing.T) { test(t, store.Config{URL: secret.New(server.Database())}) })
	}
}

func load(t testing.TB, s *store.Store) *overlay.State {
	t.Helper()
	state, err := s.Load(limited(t))
	must(t, err)
	return state
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// says checks that an error is there and holds all parts.
func says(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func testEmpty(t *testing.T, c store.Config) {
	s := open(t, c)
	same(t, load(t, s), (&overlay.State{}).With())
	events, err := s.Events(t.Context(), overlay.LogQuery{})
	must(t, err)
	counts, err := s.Clicks(t.Context(), "")
	must(t, err)
	same(t, len(events)+len(counts), 0)
	must(t, s.Append(t.Context(), nil, nil))
}

func testRestart(t *testing.T, c store.Config) {
	events := append(puts(1, 120), live(121, "main"), live(122, "second"))
	s := open(t, c)
	for i := range events {
		must(t, s.Append(t.Context(), events[i:i+1], nil))
	}
	want := (&overlay.State{}).With(events...)
	same(t, load(t, s), want)
	must(t, s.Close())
	s = open(t, c)
	same(t, load(t, s), want)
	got, err := s.Events(t.Context(), overlay.LogQuery{})
	must(t, err)
	same(t, got, events)
}

func testSnapshot(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 60), nil))
	must(t, s.Save(t.Context(), load(t, s)))
	must(t, s.Append(t.Context(), puts(61, 70), nil))
	old := load(t, s)
	must(t, s.Append(t.Context(), append(puts(71, 80), live(81, "main")), nil))
	want := load(t, s)
	must(t, s.Save(t.Context(), want))
	must(t, s.Save(t.Context(), old)) // too late, and so of no effect
	must(t, s.Append(t.Context(), puts(82, 83), nil))
	must(t, s.Close())
	s = open(t, c)
	same(t, load(t, s), want.With(puts(82, 83)...))
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_snapshots WHERE seq = 81")
	must(t, err)
	all, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_snapshots")
	must(t, err)
	same(t, []int64{n, all}, []int64{1, 1})
	says(t, s.Save(t.Context(), want.With(puts(84, 90)...)), "save the state of event 90", "the log ends with event 83")
}

func testBadSnapshot(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 60), nil))
	want := load(t, s)
	must(t, s.Save(t.Context(), want))
	must(t, s.Exec(t.Context(), "UPDATE hawker_snapshots SET data = REPLACE(data, 'Title', 'Tatle')"))
	same(t, load(t, s), want)
}

func testMany(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, 1234), nil))
	same(t, load(t, s), (&overlay.State{}).With(puts(1, 1234)...))
}

func testQueries(t *testing.T, c store.Config) {
	shown := overlay.Event{Seq: 3, At: noon, Type: overlay.BannerShown, Stream: "main", ID: "a", Banner: &overlay.Banner{ID: "a"}}
	started := put(4, "a", "A")
	started.Type, started.Stream, started.Run, started.Starts = overlay.OfferStarted, "main", 4, noon
	events := []overlay.Event{put(1, "a", "A"), put(2, "b", "B"), shown, started, live(5, "second")}
	s := open(t, c)
	must(t, s.Append(t.Context(), events, nil))
	for name, test := range map[string]struct {
		query overlay.LogQuery
		want  []uint64
	}{
		"all":             {overlay.LogQuery{}, []uint64{1, 2, 3, 4, 5}},
		"after":           {overlay.LogQuery{After: 3}, []uint64{4, 5}},
		"limit":           {overlay.LogQuery{After: 1, Limit: 2}, []uint64{2, 3}},
		"offer":           {overlay.LogQuery{Offer: "a"}, []uint64{1, 4}},
		"stream":          {overlay.LogQuery{Stream: "main"}, []uint64{3, 4}},
		"offer on stream": {overlay.LogQuery{Offer: "a", Stream: "main"}, []uint64{4}},
		"none":            {overlay.LogQuery{Offer: "' OR '1'='1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Events(t.Context(), test.query)
			must(t, err)
			var seqs []uint64
			for _, e := range got {
				seqs = append(seqs, e.Seq)
				same(t, e, events[e.Seq-1])
			}
			same(t, seqs, test.want)
		})
	}
}
