package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

func TestPrunesEachHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Config{Folder: t.TempDir()})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		must(t, s.Append(t.Context(), nil, &overlay.Receipt{Key: "k", At: time.Now()}))
		_, err = s.Click(t.Context(), click("a", "b", "v", time.Now()))
		must(t, err)
		var kept []bool
		for _, wait := range []time.Duration{24*time.Hour - time.Minute, 62 * time.Minute} {
			time.Sleep(wait)
			synctest.Wait()
			_, there, err := s.Receipt(t.Context(), "k")
			must(t, err)
			n, err := s.Number(t.Context(), "SELECT (SELECT COUNT(*) FROM hawker_salts) + (SELECT COUNT(*) FROM hawker_visitors)")
			must(t, err)
			kept = append(kept, there, n > 0)
		}
		cancel()
		must(t, <-ended)
		same(t, kept, []bool{true, true, false, false})
	})
}

// TestPruneTroubleIsToldOnce breaks a table for some hours.
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
		time.Sleep(5*time.Hour + time.Minute)
		cancel()
		must(t, <-ended)
		same(t, strings.Count(log.String(), "could not be deleted"), 1)
	})
}

// TestNothingPersonalStaysInTheFiles looks for a salt and a hash in all of them
// when their day is over.
func TestNothingPersonalStaysInTheFiles(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	run(t, s)
	const visitor = "192.0.2.77 Mozilla/5.0"
	_, err := s.Click(t.Context(), click("honey", "twitch", visitor, noon))
	must(t, err)
	salt, err := s.Blob(t.Context(), "SELECT salt FROM hawker_salts")
	must(t, err)
	hash, err := s.Blob(t.Context(), "SELECT hash FROM hawker_visitors")
	must(t, err)
	same(t, holding(t, c.Folder, []byte(visitor)), []string(nil))
	same(t, len(holding(t, c.Folder, salt)) > 0, true)
	must(t, s.Prune(t.Context(), noon.AddDate(0, 0, 1)))
	same(t, holding(t, c.Folder, salt), []string(nil))
	same(t, holding(t, c.Folder, hash), []string(nil))
}

// holding lists the files that hold some bytes.
func holding(t *testing.T, folder string, what []byte) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	must(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		must(t, err)
		if bytes.Contains(data, what) {
			names = append(names, filepath.Base(name))
		}
	}
	return names
}
