package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

// TestPrunesInTime looks before and after midnight, and before and after an
// answer's day is over.
func TestPrunesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Config{Folder: t.TempDir()})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		time.Sleep(12*time.Hour + 30*time.Minute) // passes at full hours would see a day end by chance
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		must(t, s.Append(t.Context(), nil, &overlay.Receipt{Key: "k", At: time.Now()}))
		_, err = s.Click(t.Context(), click("a", "b", "v", time.Now()))
		must(t, err)
		var kept [][2]bool // the answer, and who clicked
		for _, wait := range []time.Duration{11*time.Hour + 29*time.Minute, 2 * time.Minute, 12 * time.Hour, 90 * time.Minute} {
			time.Sleep(wait)
			synctest.Wait()
			_, there, err := s.Receipt(t.Context(), "k")
			must(t, err)
			n, err := s.Number(t.Context(), "SELECT (SELECT COUNT(*) FROM hawker_salts) + (SELECT COUNT(*) FROM hawker_visitors)")
			must(t, err)
			kept = append(kept, [2]bool{there, n > 0})
		}
		cancel()
		must(t, <-ended)
		same(t, kept, [][2]bool{{true, true}, {true, false}, {true, false}, {false, false}})
	})
}

// TestPruneTroubleIsToldOnce breaks a table for an hour.
func TestPruneTroubleIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, err := store.Open(t.Context(), store.Config{Folder: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		must(t, s.Exec(t.Context(), "ALTER TABLE hawker_receipts RENAME TO gone"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(time.Hour + time.Minute)
		cancel()
		must(t, <-ended)
		same(t, strings.Count(log.String(), "could not be deleted"), 1)
	})
}
