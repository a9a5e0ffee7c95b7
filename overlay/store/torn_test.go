package store_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

const torn = 40 // events in the log that is torn

// crashed is what a crash leaves: the database, and its write-ahead log.
func crashed(t *testing.T) (db, wal []byte) {
	t.Helper()
	c := store.Config{Folder: t.TempDir()}
	must(t, open(t, c).Close()) // its tables are in the database
	s := open(t, c)
	for _, e := range puts(1, torn) {
		must(t, s.Append(t.Context(), []overlay.Event{e}, nil))
	}
	db, err := os.ReadFile(filepath.Join(c.Folder, "hawker.db"))
	must(t, err)
	wal, err = os.ReadFile(filepath.Join(c.Folder, "hawker.db-wal"))
	must(t, err)
	return db, wal
}

// reopen opens what a crash left, and gives the number of events in it.
func reopen(t *testing.T, db, wal []byte) (uint64, error) {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "hawker.db"), db, 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "hawker.db-wal"), wal, 0o600))
	s, err := store.Open(t.Context(), store.Config{Folder: folder})
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	state, err := s.Load(t.Context())
	if err != nil {
		return 0, err
	}
	same(t, state, (&overlay.State{}).With(puts(1, state.Seq)...))
	must(t, s.Append(t.Context(), puts(state.Seq+1, state.Seq+2), nil))
	return state.Seq, nil
}

func TestTornLogKeepsItsBeginning(t *testing.T) {
	db, wal := crashed(t)
	tear(t, db, wal, 25)
}

func TestLogTornAnywhere(t *testing.T) {
	require.Nightly(t)
	db, wal := crashed(t)
	tear(t, db, wal, 4000)
}

// tear cuts the write-ahead log at some lengths. Cut later, as many events or more
// are there; whole, all are.
func tear(t *testing.T, db, wal []byte, cuts int) {
	t.Helper()
	last := uint64(0)
	for i := range cuts + 1 {
		n, err := reopen(t, db, wal[:len(wal)*i/cuts])
		if err != nil {
			t.Fatalf("cut at %d of %d: %v", len(wal)*i/cuts, len(wal), err)
		}
		if n < last {
			t.Fatalf("cut at %d: %d events, and %d when it was shorter", len(wal)*i/cuts, n, last)
		}
		last = n
	}
	same(t, last, uint64(torn))
}

// TestFlippedBytesAreFound changes bytes in the database, which must be found or
// mean nothing, and in its write-ahead log: SQLite takes that for torn from the
// changed frame on, so what it holds is lost, as if it had never been written.
func TestFlippedBytesAreFound(t *testing.T) {
	flip(t, 40)
}

func TestFlippedBytesAreFoundAnywhere(t *testing.T) {
	require.Nightly(t)
	flip(t, 2000)
}

func flip(t *testing.T, times int) {
	t.Helper()
	db, wal := crashed(t)
	whole := settled(t)
	found, lost := 0, 0
	for i := range times {
		if i%4 == 0 {
			n, err := reopen(t, db, changed(wal))
			must(t, err)
			lost += torn - int(n)
			continue
		}
		n, err := reopen(t, changed(whole), nil)
		if err != nil {
			found++
		} else if n != torn {
			t.Fatalf("%d of %d events are there, and nobody is told", n, torn)
		}
	}
	t.Logf("of %d bytes changed in the database %d were found, and the others meant nothing; %d in its log cost %d events",
		times*3/4, found, times/4, lost)
}

func changed(data []byte) []byte {
	data = append([]byte{}, data...)
	data[rand.IntN(len(data))] ^= 1 << rand.IntN(8)
	return data
}

// settled is a database without a write-ahead log.
func settled(t *testing.T) []byte {
	t.Helper()
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, torn), nil))
	must(t, s.Close())
	db, err := os.ReadFile(filepath.Join(c.Folder, "hawker.db"))
	must(t, err)
	return db
}
