package config_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
	"golang.org/x/sync/errgroup"
)

const small = "streams:\n- name: main\n  key: k\n"

func TestEditKeepsTheMode(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644} {
		path := write(t, t.TempDir(), "hawker.yaml", small)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("mode = %v, want %v (%v)", info.Mode(), mode, err)
		}
	}
}

func TestEditFollowsLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	target := write(t, elsewhere, "real.yaml", small)
	link := filepath.Join(dir, "hawker.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := config.Edit(link, options(nil), edits["add destination"]); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v %v", info.Mode(), err)
	}
	if !strings.Contains(read(t, target), "name: new") {
		t.Error("the file behind the link was not edited")
	}
}

func TestEditReplacesInOneStep(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", small)
	before, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = before.Close() }()
	if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
		t.Fatal(err)
	}
	var old bytes.Buffer
	if _, err := old.ReadFrom(before); err != nil || old.String() != small {
		t.Errorf("who had the old file open sees %q (%v)", old.String(), err)
	}
}

func TestEditToleratesVariablesOfOtherShells(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", "streams:\n- {name: main, key: \"${A}\"}\n- {name: b, key: \"${B}\"}\n")
	if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
		t.Error(err)
	}
}

func TestConcurrentEditsAreAllKept(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", small)
	const writers, each = 8, 5
	var group errgroup.Group
	for w := range writers {
		group.Go(func() error {
			for i := range each {
				err := config.Edit(path, options(nil), func(d *config.Doc) error {
					runtime.Gosched()
					return d.AddDestination("main", config.Dest{
						Name: fmt.Sprintf("d-%d-%d", w, i), Platform: "twitch", Key: secret.New("k")})
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, options(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Streams[0].Destinations); got != writers*each {
		t.Errorf("%d destinations, want %d", got, writers*each)
	}
}

func TestEditStartsAgainWhenAnEditorWasFaster(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", small)
	calls := 0
	err := config.Edit(path, options(nil), func(d *config.Doc) error {
		if calls++; calls == 1 { // an editor takes no lock
			write(t, filepath.Dir(path), "hawker.yaml", "# by hand\n"+small)
		}
		return edits["add destination"](d)
	})
	if err != nil || calls != 2 {
		t.Fatalf("%d calls, err = %v", calls, err)
	}
	if got := read(t, path); !strings.HasPrefix(got, "# by hand\n") || !strings.Contains(got, "name: new") {
		t.Errorf("an edit was lost:\n%s", got)
	}
}

func TestEditGivesUpOnAFileThatNeverRests(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", small)
	calls := 0
	err := config.Edit(path, options(nil), func(d *config.Doc) error {
		calls++
		write(t, filepath.Dir(path), "hawker.yaml", fmt.Sprintf("# %d\n%s", calls, small))
		return edits["add destination"](d)
	})
	if err == nil || calls > 10 {
		t.Errorf("%d calls, err = %v", calls, err)
	}
}

func TestWriteKeyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "main.key")
	for _, key := range []string{"first", "second"} {
		if err := config.WriteKeyFile(path, secret.New(key)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode = %v (%v)", info.Mode(), err)
		}
		config := write(t, dir, "hawker.yaml", "streams: [{name: main, key_file: main.key}]")
		if c, err := loadPlain(config); err != nil || c.Streams[0].Key.Reveal() != key {
			t.Errorf("key %s was not read back: %v", key, err)
		}
	}
	if err := config.WriteKeyFile(path, secret.Secret{}); err == nil || read(t, path) != "second\n" {
		t.Errorf("an empty key was written (%v)", err)
	}
}

func loadPlain(path string) (*config.Config, error) { return config.Load(path, options(nil)) }
