package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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
	return state.Seq, s.Append(t.Context(), puts(state.Seq+1, state.Seq+2), nil)
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

// TestFlippedBytesAreFound changes bytes in the database and in its write-ahead
// log. It must be found, mean nothing, or cost no more than the last transactions.
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
	found := [2]int{}
	for range times {
		n, err := reopen(t, db, changed(wal))
		if err != nil {
			found[0]++
			says(t, err, "hawker.db-wal is damaged at byte", "truncate -s ")
		} else if n < torn-2 {
			t.Fatalf("%d of %d events are there, and nobody is told", n, torn)
		}
		n, err = reopen(t, changed(whole), nil)
		if err != nil {
			found[1]++
			says(t, err, "damaged", "use a backup of ")
		} else if n != torn {
			t.Fatalf("%d of %d events are there, and nobody is told", n, torn)
		}
	}
	t.Logf("of %d changed bytes in the log %d were found, and of as many in the database %d; the others meant nothing, or little",
		times, found[0], found[1])
}

// TestDamagedPageIsTold spoils a page that is read after Open.
func TestDamagedPageIsTold(t *testing.T) {
	db := settled(t)
	const page = 4096
	at := bytes.Index(db, []byte("Title")) / page * page
	for i := range page {
		db[at+i] ^= 0xff
	}
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "hawker.db"), db, 0o600))
	s := open(t, store.Config{Folder: folder})
	_, err := s.Load(t.Context())
	says(t, err, "load the log of events: ", "the database is damaged", "use a backup of it")
	_, err = s.Events(t.Context(), overlay.LogQuery{})
	says(t, err, "read events: ", "the database is damaged", "use a backup of it")
}

func TestDamagedHeaderIsFound(t *testing.T) {
	db, wal := crashed(t)
	for _, i := range []int{0, 3, 9, 11, 17, 30} { // what it is, whose order, page size, salt, checksum
		bad := append([]byte{}, wal...)
		bad[i] ^= 1
		_, err := reopen(t, db, bad)
		says(t, err, "hawker.db-wal is damaged at byte 0")
	}
}

// TestDamagedLogCanBeCut does what the error says.
func TestDamagedLogCanBeCut(t *testing.T) {
	db, wal := crashed(t)
	wal[len(wal)/2] ^= 1
	_, err := reopen(t, db, wal)
	says(t, err, "hawker.db-wal is damaged at byte")
	var at int
	_, text, _ := strings.Cut(err.Error(), "truncate -s ")
	_, err = fmt.Sscan(text, &at)
	must(t, err)
	n, err := reopen(t, db, wal[:at])
	must(t, err)
	if n < torn/3 || n > torn*2/3 {
		t.Errorf("%d of %d events are left", n, torn)
	}
}

// TestOlderFramesAreNoDamage starts a log anew over a longer one.
func TestOlderFramesAreNoDamage(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	must(t, s.Append(t.Context(), puts(1, torn/2), nil))
	must(t, s.Exec(t.Context(), "PRAGMA wal_checkpoint(RESTART)"))
	for _, e := range puts(torn/2+1, torn) {
		must(t, s.Append(t.Context(), []overlay.Event{e}, nil))
		if e.Seq == torn-2 {
			must(t, s.Exec(t.Context(), "PRAGMA wal_checkpoint(RESTART)"))
		}
	}
	db, err := os.ReadFile(filepath.Join(c.Folder, "hawker.db"))
	must(t, err)
	wal, err := os.ReadFile(filepath.Join(c.Folder, "hawker.db-wal"))
	must(t, err)
	n, err := reopen(t, db, wal)
	must(t, err)
	same(t, n, uint64(torn))
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
