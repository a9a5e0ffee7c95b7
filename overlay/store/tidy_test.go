package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/store/storetest"
)

var nextDay = noon.AddDate(0, 0, 1)

// visited is a database with a salt and a hash in its files.
func visited(t *testing.T) (c store.Config, s *store.Store, personal [][]byte) {
	t.Helper()
	c = store.Config{Folder: t.TempDir()}
	s = open(t, c)
	defer run(t, s)()
	return c, s, visit(t, c, s, 1)
}

// visit has some visitors, and gives their hashes, and the salt.
func visit(t *testing.T, c store.Config, s *store.Store, visitors int) (personal [][]byte) {
	t.Helper()
	const visitor = "192.0.2.77 Mozilla/5.0"
	for i := range visitors {
		_, err := s.Click(t.Context(), click("honey", "twitch", fmt.Sprint(visitor, i), noon))
		must(t, err)
	}
	must(t, s.Prune(t.Context(), noon)) // nothing is left to do but for what follows
	salt, err := s.Blob(t.Context(), "SELECT salt FROM hawker_salts")
	must(t, err)
	personal, err = s.Hashes(t.Context())
	must(t, err)
	same(t, len(personal), visitors)
	personal = append(personal, salt)
	same(t, whereIs(t, c, s, []byte(visitor)), []string(nil))
	same(t, len(whereIs(t, c, s, personal...)) > 0, true)
	return personal
}

// testTraces looks for salts and hashes in all files when their day is over, and
// another one has begun.
func testTraces(t *testing.T, c store.Config) {
	s := open(t, c)
	stop := run(t, s)
	personal := visit(t, c, s, 200)
	for _, visitor := range []string{"anna", "ben", "cleo"} {
		_, err := s.Click(t.Context(), click("honey", "twitch", visitor, nextDay))
		must(t, err)
	}
	stop()
	if !c.URL.Empty() {
		must(t, s.Exec(t.Context(), "ANALYZE hawker_salts, hawker_visitors")) // as the server does now and then
	}
	must(t, s.Prune(t.Context(), nextDay))
	same(t, whereIs(t, c, s, personal...), []string(nil))
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_visitors")
	must(t, err)
	same(t, n, int64(3))
}

// testTidiedLater has somebody read from the table of visitors while it is pruned,
// as a backup does. Nobody waits for long, and it is made good for.
func testTidiedLater(t *testing.T, c store.Config) {
	s := open(t, c)
	run(t, s)
	personal := visit(t, c, s, 20)
	end, err := s.Reader(t.Context(), "hawker_visitors")
	must(t, err)
	began := time.Now()
	says(t, s.Prune(t.Context(), nextDay), "delete what is old")
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("pruning took %v", d)
	}
	_, err = s.Click(t.Context(), click("honey", "twitch", "anna", nextDay))
	must(t, err)
	must(t, end())
	must(t, s.Prune(t.Context(), nextDay))
	same(t, whereIs(t, c, s, personal...), []string(nil))
}

// TestOldSnapshotKeepsNothing has somebody at PostgreSQL look at the database as it
// was, in whose eyes what is deleted is still there.
func TestOldSnapshotKeepsNothing(t *testing.T) {
	c := store.Config{URL: secret.New(storetest.StartPostgres(t).Database())}
	s := open(t, c)
	run(t, s)
	personal := visit(t, c, s, 20)
	end, err := s.Reader(t.Context(), "hawker_events")
	must(t, err)
	must(t, s.Prune(t.Context(), nextDay))
	same(t, whereIs(t, c, s, personal...), []string(nil))
	must(t, end())
}

// whereIs lists the files of the database that hold one of some bytes.
func whereIs(t *testing.T, c store.Config, s *store.Store, what ...[]byte) []string {
	t.Helper()
	if c.URL.Empty() {
		return holding(t, c.Folder, what...)
	}
	folder := t.TempDir()
	must(t, s.Exec(t.Context(), "CHECKPOINT")) // it writes what is in memory
	must(t, s.Files(t.Context(), func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(folder, name), data, 0o600)
	}))
	return holding(t, folder, what...)
}

// TestHalfAPruneIsTidied deletes salts and hashes, and then finds a table missing.
func TestHalfAPruneIsTidied(t *testing.T) {
	c, s, personal := visited(t)
	must(t, s.Exec(t.Context(), "ALTER TABLE hawker_receipts RENAME TO gone"))
	says(t, s.Prune(t.Context(), nextDay), "delete what is old", "hawker_receipts")
	must(t, s.Exec(t.Context(), "ALTER TABLE gone RENAME TO hawker_receipts"))
	must(t, s.Prune(t.Context(), nextDay))
	same(t, holding(t, c.Folder, personal...), []string(nil))
}

// TestManyPruneAtOnce is what Run and its callers may do.
func TestManyPruneAtOnce(t *testing.T) {
	c, s, personal := visited(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := s.Prune(t.Context(), nextDay); err != nil {
				t.Error(err)
			}
			same(t, holding(t, c.Folder, personal...), []string(nil))
		})
	}
	group.Wait()
}

// TestReaderPutsTidyingOff reads while the day is pruned. Clicks go on, and what
// could not be wiped away is later, by this hawker or the one after a crash.
func TestReaderPutsTidyingOff(t *testing.T) {
	c, s, personal := visited(t)
	end, err := s.Reader(t.Context(), "hawker_visitors")
	must(t, err)
	began := time.Now()
	says(t, s.Prune(t.Context(), nextDay), "delete what is old", "others read or write all the time")
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("pruning took %v", d)
	}
	same(t, len(holding(t, c.Folder, personal...)) > 0, true)
	before := logSize(t, c)
	says(t, s.Prune(t.Context(), nextDay), "others read or write all the time")
	same(t, logSize(t, c), before) // however often it is tried
	crashed := store.Config{Folder: t.TempDir()}
	for _, name := range []string{"hawker.db", "hawker.db-wal"} {
		data, err := os.ReadFile(filepath.Join(c.Folder, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(crashed.Folder, name), data, 0o600))
	}
	must(t, end())
	must(t, s.Prune(t.Context(), nextDay))
	same(t, holding(t, c.Folder, personal...), []string(nil))

	s = open(t, crashed)
	same(t, len(holding(t, crashed.Folder, personal...)) > 0, true)
	must(t, s.Prune(t.Context(), nextDay))
	same(t, holding(t, crashed.Folder, personal...), []string(nil))
}

func logSize(t *testing.T, c store.Config) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(c.Folder, "hawker.db-wal"))
	must(t, err)
	return info.Size()
}

// TestGapsWithinPages has many visitors of two days. These are ones of whom SQLite
// leaves a hash behind, though it deletes securely.
func TestGapsWithinPages(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	random := rand.New(rand.NewPCG(3, 0))
	var over [][]byte
	for range 8 {
		var rows []string
		for range 500 {
			hash := make([]byte, 16)
			for i := range hash {
				hash[i] = byte(random.Uint32())
			}
			day := noon
			if random.IntN(40) == 0 {
				day = nextDay
			} else {
				over = append(over, hash)
			}
			rows = append(rows, fmt.Sprintf("('%s', 'o', x'%x')", day.Format(time.DateOnly), hash))
		}
		must(t, s.Exec(t.Context(), "INSERT INTO hawker_visitors VALUES "+strings.Join(rows, ",")))
	}
	must(t, s.Prune(t.Context(), nextDay))
	same(t, holding(t, c.Folder, over...), []string(nil))
}

// holding lists the files that hold one of some bytes.
func holding(t *testing.T, folder string, what ...[]byte) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	must(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		must(t, err)
		for _, w := range what {
			if bytes.Contains(data, w) {
				names = append(names, filepath.Base(name))
				break
			}
		}
	}
	return names
}
