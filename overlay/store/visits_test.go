package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

func testVisits(t *testing.T, c store.Config) {
	s := open(t, c)
	visit := func(stream, visitor string, broadcast time.Time, first, returning bool) {
		t.Helper()
		f, r, err := s.Visit(t.Context(), overlay.Visit{Stream: stream, Visitor: visitor, Broadcast: broadcast, Before: broadcast.Add(-4 * time.Hour)}, nil)
		must(t, err)
		if f != first || r != returning {
			t.Errorf("%s on %s at %v: first %v, returning %v; want %v, %v", visitor, stream, broadcast, f, r, first, returning)
		}
	}
	second := noon.Add(48 * time.Hour)
	visit("main", "ana", noon, true, false)
	visit("main", "ana", noon, false, false)
	visit("main", "bo", second, true, false)
	visit("other", "ana", second, true, false)
	must(t, s.Close())
	s = open(t, c) // it is not forgotten
	visit("main", "ana", second, true, true)
	visit("main", "ana", second, false, true)
	visit("main", "ana", second.Add(time.Hour), true, true) // the second half of the evening
	visit("main", "bo", second.Add(time.Hour), true, false)
	visit("main", "bo", second.Add(time.Hour), false, false)
	visit("main", "bo", second.Add(5*time.Hour), true, true)
	must(t, s.Prune(t.Context(), second.Add(store.VisitsKept+2*time.Hour)))
	visit("main", "ana", second, true, false)
}

// Who is not known is only kept if there is leave to do so, and who is known needs
// none.
func testVisitsWithLeave(t *testing.T, c store.Config) {
	s := open(t, c)
	second := noon.Add(48 * time.Hour)
	for i, step := range []struct {
		visitor          string
		broadcast        time.Time
		leave            bool
		asked            int
		first, returning bool
	}{
		{"ana", noon, true, 1, true, false},
		{"ana", noon, false, 0, false, false},
		{"bo", noon, false, 1, true, false},
		{"bo", noon, false, 1, true, false}, // who knows
		{"ana", second, false, 0, true, true},
		{"bo", second, true, 1, true, false},
		{"bo", second, false, 0, false, false},
	} {
		asked := 0
		first, returning, err := s.Visit(t.Context(), overlay.Visit{Stream: "main", Visitor: step.visitor, Broadcast: step.broadcast, Before: step.broadcast.Add(-4 * time.Hour)}, func() bool {
			asked++
			return step.leave
		})
		must(t, err)
		if first != step.first || returning != step.returning || asked != step.asked {
			t.Errorf("visit %d, %s: first %v, returning %v, asked for leave %d times; want %+v", i, step.visitor, first, returning, asked, step)
		}
	}
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_visits")
	must(t, err)
	same(t, n, int64(2))
}

// A crowd that comes at once is a few transactions, and so a few pages of the log;
// one for each would fill it.
func TestCrowdIsWrittenTogether(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	var all sync.WaitGroup
	for i := range 900 {
		all.Go(func() {
			_, _, err := s.Visit(t.Context(), overlay.Visit{Stream: "main", Visitor: fmt.Sprint(i), Broadcast: noon}, nil)
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wal, err := os.Stat(filepath.Join(c.Folder, "hawker.db-wal"))
	must(t, err)
	if wal.Size() > 1<<20 {
		t.Errorf("900 visitors at once made a log of %d bytes", wal.Size())
	}
}

// A crowd comes at once, and again while somebody in it has given up.
func testCrowdOfVisits(t *testing.T, c store.Config) {
	s := open(t, c)
	const crowd = 1500
	come := func(broadcast time.Time, back bool) {
		t.Helper()
		var wrong atomic.Int64
		var all sync.WaitGroup
		for i := range crowd {
			all.Go(func() {
				first, returning, err := s.Visit(t.Context(), overlay.Visit{Stream: "main", Visitor: fmt.Sprint(i), Broadcast: broadcast, Before: broadcast.Add(-4 * time.Hour)}, nil)
				if err != nil || !first || returning != back {
					wrong.Add(1)
				}
			})
			if i%100 == 0 {
				gone, leave := context.WithCancel(t.Context())
				all.Go(func() {
					_, _, _ = s.Visit(gone, overlay.Visit{Stream: "other", Visitor: fmt.Sprint(i), Broadcast: broadcast}, nil)
				})
				leave()
			}
		}
		all.Wait()
		if n := wrong.Load(); n > 0 {
			t.Errorf("of %d visitors %d were not counted right", crowd, n)
		}
	}
	came := time.Now()
	come(noon, false)
	took := time.Since(came)
	come(noon.Add(48*time.Hour), true)
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_visits WHERE stream = 'main' AND again = 1")
	must(t, err)
	same(t, n, int64(crowd))
	t.Logf("%d visitors at once took %v", crowd, took)
}
