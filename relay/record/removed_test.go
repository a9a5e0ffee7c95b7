package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

// TestRemovedWhileWritten takes the file, or the whole folder, away from a
// recording. It is told, and what comes then is in a new one.
func TestRemovedWhileWritten(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(dir string) error{
		"file":   func(dir string) error { return os.Remove(filepath.Join(dir, "main", "2000-01-01T00-00-00Z.mp4")) },
		"folder": os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "recordings")
			synctest.Test(t, func(t *testing.T) {
				g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
				defer g.stop()
				tags := long(t, 2)
				begun := shorter(tags, 3000)
				g.send(begun)
				must(t, remove(dir))
				more := shorter(tags, 5000)
				g.send(more[len(begun):])
				if s := g.rec.Status(); !strings.Contains(s.Error, "has been removed") {
					t.Errorf("status: %+v", s)
				}
				g.send(tags[len(more):])
				synctest.Wait()
				if s := g.rec.Status(); s.File == "" || s.Error != "" {
					t.Errorf("status in the end: %+v", s)
				}
			})
			files := recorded(t, dir, ".mp4")
			if len(files) != 1 || len(recorded(t, dir, "")) != 2 {
				t.Fatalf("left: %v", recorded(t, dir, ""))
			}
			if p := about(t, files[0]); !p.Complete || p.MediaStart > 7000 || p.MediaStart+p.Length < 15_800 {
				t.Errorf("recorded: %+v", p)
			}
		})
	}
}

// TestWhatIsLeftOpenIsCompletedLater has something in the way of a part's
// description when that ends. Once it is gone, the next part's beginning is the
// time to try again.
func TestWhatIsLeftOpenIsCompletedLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	way := filepath.Join(dir, "main", "2000-01-01T00-00-00Z.json.tmp")
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, SplitEvery: 3 * time.Second}})
		defer g.stop()
		tags := long(t, 2)
		at := 0
		until := func(ms uint32) {
			n := len(shorter(tags, ms))
			g.send(tags[at:n])
			at = n
			synctest.Wait()
		}
		until(3000)
		must(t, os.MkdirAll(filepath.Join(way, "stone"), 0o700))
		until(6000)
		if p := about(t, recorded(t, dir, ".mp4")[0]); p.Complete || !strings.Contains(g.log.String(), "could not be completed") {
			t.Errorf("with something in the way: %+v\n%s", p, g.log.String())
		}
		must(t, os.RemoveAll(way))
		until(9500)
		if p := about(t, recorded(t, dir, ".mp4")[0]); !p.Complete {
			t.Errorf("with nothing in the way: %+v\n%s", p, g.log.String())
		}
	})
}
