package store_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "data")
	s := open(t, store.Config{Folder: folder})
	must(t, s.Append(t.Context(), puts(1, 3), nil))
	info, err := os.Stat(folder)
	must(t, err)
	same(t, info.Mode().Perm(), os.FileMode(0o700))
	files, err := os.ReadDir(folder)
	must(t, err)
	var names []string
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		names = append(names, f.Name())
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	same(t, names, []string{"hawker.db", "hawker.db-shm", "hawker.db-wal", "hawker.db.lock"})
}

func TestFoldersWithOddNames(t *testing.T) {
	for _, name := range []string{"a b", "50%25?mode=ro#x", "ünï'\";--", "a&_synchronous=OFF"} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), name)
			s := open(t, store.Config{Folder: folder})
			must(t, s.Append(t.Context(), puts(1, 3), nil))
			must(t, s.Close())
			if info, err := os.Stat(filepath.Join(folder, "hawker.db")); err != nil || info.Size() == 0 {
				t.Errorf("the database is somewhere else: %+v, %v", info, err)
			}
			same(t, load(t, open(t, store.Config{Folder: folder})).Seq, uint64(3))
		})
	}
}

func TestRelativeFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	s := open(t, store.Config{Folder: "./hawker-data"})
	must(t, s.Append(t.Context(), puts(1, 3), nil))
	_, err := os.Stat("hawker-data/hawker.db-wal")
	must(t, err)
}

func TestFolderThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := store.Open(t.Context(), store.Config{Folder: filepath.Join(file, "data")})
	says(t, err, "open the database: the data folder cannot be made", file)

	must(t, os.Mkdir(filepath.Join(dir, "hawker.db"), 0o700))
	_, err = store.Open(t.Context(), store.Config{Folder: dir})
	says(t, err, filepath.Join(dir, "hawker.db"))

	if os.Geteuid() != 0 { // root may write everywhere
		locked := filepath.Join(t.TempDir(), "locked")
		must(t, os.Mkdir(locked, 0o500))
		_, err = store.Open(t.Context(), store.Config{Folder: locked})
		says(t, err, "the data folder cannot be written to", locked)
	}
}

func TestFileThatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "hawker.db"), bytes.Repeat([]byte("not a database "), 1000), 0o600))
	_, err := store.Open(t.Context(), store.Config{Folder: dir})
	says(t, err, "hawker.db", "damaged, or not one of hawker", "backup")
}

// TestSettingsOfTheConnections is about what no test would miss until the power
// fails: what is set is in force. The nightly strace looks at the effect.
func TestSettingsOfTheConnections(t *testing.T) {
	s := open(t, store.Config{Folder: t.TempDir()})
	for pragma, want := range map[string]string{"synchronous": "2", "secure_delete": "1", "journal_mode": "wal", "busy_timeout": "5000"} {
		got, err := s.Pragma(t.Context(), pragma)
		must(t, err)
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	open(t, c)
	second := exec.Command(os.Args[0])
	second.Env = append(os.Environ(), victimFolder+"="+c.Folder)
	out, err := second.Output()
	says(t, err, "exit status 1")
	if want := "failed open the database: " + c.Folder + ": another hawker uses this database\n"; string(out) != want {
		t.Errorf("it says %q, want %q", out, want)
	}
}

// TestFullDatabase fills it: nothing that was acknowledged is lost, and it goes on
// when there is space.
func TestFullDatabase(t *testing.T) {
	c := store.Config{Folder: t.TempDir()}
	s := open(t, c)
	must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 60"))
	fill(t, s, func() { must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 1000000")) })
	must(t, s.Close())
	same(t, load(t, open(t, c)).Seq, filled)
}

// filled is how many events there are after fill.
const filled = uint64(1600)

// fill appends until there is no space, makes room, and appends the rest.
func fill(t *testing.T, s *store.Store, room func()) {
	t.Helper()
	run(t, s)
	var seq uint64
	var err error
	for err == nil && seq < filled {
		if err = s.Append(t.Context(), puts(seq+1, seq+20), nil); err == nil {
			seq += 20
		}
	}
	isError(t, err, store.ErrFull)
	says(t, err, "append events", "the disk of the database is full: make room, and it goes on")
	same(t, load(t, s), (&overlay.State{}).With(puts(1, seq)...))
	// Clicks may still find room on the pages that there are.
	var clicks int64
	for range 5000 {
		if _, err = s.Click(t.Context(), click("honey", "twitch", strings.Repeat("x", int(clicks)), noon)); err != nil {
			break
		}
		clicks++
	}
	isError(t, err, store.ErrFull)
	room()
	for ; seq < filled; seq += 20 {
		must(t, s.Append(t.Context(), puts(seq+1, seq+20), nil))
	}
	_, err = s.Click(t.Context(), click("honey", "twitch", "y", noon))
	must(t, err)
	counts, err := s.Clicks(t.Context(), "honey")
	must(t, err)
	same(t, counts, []overlay.ClickCount{{Offer: "honey", Destination: "twitch", Clicks: clicks + 1, Visitors: clicks + 1}})
}

// TestAppendsAndClicksAtOnce is about the one connection that writes.
func TestAppendsAndClicksAtOnce(t *testing.T) {
	s := open(t, store.Config{Folder: t.TempDir()})
	run(t, s)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for range 10 {
				if _, err := s.Click(t.Context(), click("a", "b", "v", noon)); err != nil {
					t.Error(err)
				}
				if _, err := s.Load(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for seq := uint64(1); seq <= 50; seq++ {
		must(t, s.Append(t.Context(), puts(seq, seq), nil))
	}
	group.Wait()
	same(t, load(t, s).Seq, uint64(50))
}
