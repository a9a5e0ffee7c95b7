package store_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/store"
)

func testVisits(t *testing.T, c store.Config) {
	s := open(t, c)
	visit := func(stream, visitor string, broadcast time.Time, first, returning bool) {
		t.Helper()
		f, r, err := s.Visit(t.Context(), stream, visitor, broadcast)
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
	must(t, s.Prune(t.Context(), second.Add(store.VisitsKept+time.Hour)))
	visit("main", "ana", second, true, false)
}
