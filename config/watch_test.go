package config

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; silence, how long it
// makes sure that nothing does.
const (
	patience = 10 * time.Second
	silence  = 3 * settleTime
	never    = time.Hour // polling must not do what events should
)

// watch runs a Watcher until the test ends. What happens after its
// return is a change.
func watch(t *testing.T, files func() []string) (changes <-chan struct{}) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	seen, ended := make(chan struct{}, 100), make(chan struct{})
	w := newWatcher(files, never)
	go func() {
		defer close(ended)
		w.Run(ctx, func() { seen <- struct{}{} })
	}()
	t.Cleanup(func() { stop(); <-ended })
	return seen
}

func expect(t *testing.T, changes <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-changes:
	case <-time.After(patience):
		t.Fatalf("%s: no change was told", what)
	}
}

func expectNone(t *testing.T, changes <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-changes:
		t.Fatalf("%s: a change was told", what)
	case <-time.After(silence):
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func only(paths ...string) func() []string { return func() []string { return paths } }

func TestWatchSeesWritesAndReplacements(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "hawker.yaml")
	put(t, path, "1")
	changes := watch(t, only(path))

	put(t, path, "2")
	expect(t, changes, "write")
	for range 3 { // a watch on the file itself would end with the first
		put(t, filepath.Join(dir, "new"), time.Now().String())
		must(t, os.Rename(filepath.Join(dir, "new"), path))
		expect(t, changes, "rename over it")
	}
	must(t, os.Remove(path))
	expect(t, changes, "removal")
	put(t, path, "3")
	expect(t, changes, "return")
}

func TestWatchIsQuietAboutTheRest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "hawker.yaml")
	put(t, path, "1")
	changes := watch(t, only(path))
	put(t, filepath.Join(dir, "other"), "x")
	put(t, path, "1")
	must(t, os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)))
	expectNone(t, changes, "other files and equal content")
}

func TestWatchTakesABurstAsOneChange(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	put(t, path, "0")
	changes := watch(t, only(path))
	for _, text := range []string{"1", "12", "123", "1234"} {
		put(t, path, text)
	}
	expect(t, changes, "burst")
	expectNone(t, changes, "after the burst")
}

func TestWatchWaitsForFilesAndFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "hawker.yaml")
	changes := watch(t, only(path))
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	put(t, path, "1")
	expect(t, changes, "file in new folders")
	must(t, os.RemoveAll(filepath.Join(dir, "a")))
	expect(t, changes, "folders gone")
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	put(t, path, "2")
	expect(t, changes, "folders back")
}

// A mounted Kubernetes volume shows hawker.yaml -> ..data/hawker.yaml and
// ..data -> ..v1, and turns ..data to ..v2 by a rename.
func TestWatchSeesKubernetesUpdates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	version := func(name, text string) {
		must(t, os.Mkdir(in(name), 0o700))
		put(t, in(name, "hawker.yaml"), text)
		must(t, os.Symlink(name, in("..data_tmp")))
		must(t, os.Rename(in("..data_tmp"), in("..data")))
	}
	version("..v1", "1")
	must(t, os.Symlink(filepath.Join("..data", "hawker.yaml"), in("hawker.yaml")))
	changes := watch(t, only(in("hawker.yaml")))
	version("..v2", "2")
	must(t, os.RemoveAll(in("..v1")))
	expect(t, changes, "first update")
	version("..v3", "3")
	must(t, os.RemoveAll(in("..v2")))
	expect(t, changes, "second update")
}

func TestWatchSeesWhatALinkLeadsTo(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	target, link := filepath.Join(elsewhere, "real.yaml"), filepath.Join(dir, "hawker.yaml")
	put(t, target, "1")
	must(t, os.Symlink(target, link))
	changes := watch(t, only(link))
	put(t, target, "2")
	expect(t, changes, "write to the target")
}

func TestWatchFollowsTheSetOfFiles(t *testing.T) {
	t.Parallel()
	path, key := filepath.Join(t.TempDir(), "hawker.yaml"), filepath.Join(t.TempDir(), "a.key")
	put(t, path, "1")
	put(t, key, "1")
	var files atomic.Pointer[[]string]
	files.Store(&[]string{path})
	changes := watch(t, func() []string { return *files.Load() })

	put(t, key, "2")
	expectNone(t, changes, "file that is not in the set")
	files.Store(&[]string{path, key}) // as a reload does that names the key file
	put(t, path, "2")
	expect(t, changes, "configuration")
	put(t, key, "3")
	expect(t, changes, "file that joined")
	files.Store(&[]string{path})
	put(t, path, "3")
	expect(t, changes, "configuration")
	put(t, key, "4")
	expectNone(t, changes, "file that left")
}

func TestWatchTellsWhatHappensDuringAChange(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	put(t, path, "1")
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	w := newWatcher(only(path), never)

	put(t, path, "2")
	calls := 0
	w.Run(ctx, func() {
		if calls++; calls == 1 {
			put(t, path, "3")
			return
		}
		stop()
	})
	if calls != 2 {
		t.Errorf("%d changes were told, want 2", calls)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	w := NewWatcher(only(path))
	put(t, path, "1") // what happens between the two is a change
	told := 0
	w.Run(ctx, func() { told++; stop() })
	if told != 1 {
		t.Errorf("%d changes were told, want 1", told)
	}
}

// Without the system's help the files are looked at from time to time.
func TestWatchPolls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	put(t, path, "1")
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var told time.Time
		go func() {
			w := Watcher{files: only(path), poll: pollTime}
			w.look()
			w.Run(ctx, func() { told = time.Now() })
		}()
		synctest.Wait()
		began := time.Now()
		put(t, path, "2")
		time.Sleep(2 * pollTime) // of the bubble
		synctest.Wait()
		if after := told.Sub(began); after < settleTime || after > pollTime+settleTime {
			t.Errorf("told after %v", after)
		}
		stop()
		synctest.Wait()
	})
}

// A folder in which something is always written must not put a look off for ever.
func TestSettlerHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settler{timer: time.NewTimer(time.Hour)}
		defer s.timer.Stop()
		began, noise := time.Now(), time.NewTicker(settleTime/2)
		defer noise.Stop()
		for fired := false; !fired; {
			select {
			case <-noise.C:
				s.wait()
			case <-s.timer.C:
				fired = true
			}
		}
		if took := time.Since(began); took > settleMost+settleTime {
			t.Errorf("took %v", took)
		}
	})
}
