package record_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// tiny mounts a file system of some size, such as 1m, until the test ends. It goes
// lazily: a process that another test is starting may still have a file there.
func tiny(t *testing.T, size string) (dir string, grow func(size string)) {
	t.Helper()
	dir = t.TempDir()
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v %s", err, text)
	}
	t.Cleanup(func() { must(t, exec.Command("umount", "-l", dir).Run()) })
	return dir, func(size string) {
		must(t, exec.Command("mount", "-o", "remount,size="+size, dir).Run())
	}
}

// TestDiskFull records 0.8 MB/s onto 1 MiB. The stream goes on, the error is told
// once, and when there is room again, so does the recording.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			dir, grow := tiny(t, "1m")
			tags := synthetic(t, relaytest.Synthetic{Duration: 40 * time.Second})
			synctest.Test(t, func(t *testing.T) {
				g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: format}})
				defer g.stop()
				room := 0
				for room < len(tags) && tags[room].Time < 25_000 {
					room++
				}
				g.send(tags[:room])
				if n := strings.Count(g.log.String(), "recording pauses"); n != 1 {
					t.Errorf("the full disk was logged %d times:\n%s", n, g.log.String())
				}
				if s := g.rec.Status(); s.File != "" || !strings.Contains(s.Error, "no space left") {
					t.Errorf("status with a full disk: %+v", s)
				}
				if n := metric(t, g, "hawker_recording_errors_total"); n < 8 || n > 13 {
					t.Errorf("%v errors in 25 s, want a try each 2 s", n)
				}
				grow("64m")
				soon := room
				for tags[soon].Time < 29_000 {
					soon++
				}
				g.send(tags[room:soon])
				synctest.Wait()
				if s := g.rec.Status(); s.File == "" || s.Error != "" {
					t.Errorf("status with room again for 4 s: %+v\n%s", s, g.log.String())
				}
				for _, f := range recorded(t, dir, "."+string(format))[:1] {
					if p := about(t, f); !p.Complete {
						t.Errorf("with room again, the part before is %+v", p)
					}
				}
				g.send(tags[soon:])
				g.stream.End()
			})
			files := recorded(t, dir, "."+string(format))
			if len(files) < 2 {
				t.Fatalf("files: %v", files)
			}
			for _, f := range files {
				info, err := os.Stat(f)
				must(t, err)
				if p := about(t, f); !p.Complete || p.Bytes != info.Size() || p.Length < 200 {
					t.Errorf("%s of %d bytes: %+v", f, info.Size(), p)
				}
			}
			if p := about(t, files[len(files)-1]); p.MediaStart+p.Length < 39_500 || p.MediaStart > 28_000 {
				t.Errorf("with room again: %+v", p)
			}
		})
	}
}

// TestDiskThatMayNotBeWritten has a file system that is read-only at first. That is
// told, and recorded is from then on when it no longer is.
func TestDiskThatMayNotBeWritten(t *testing.T) {
	t.Parallel()
	dir, grow := tiny(t, "64m,ro")
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		synctest.Wait()
		if s := g.rec.Status(); !strings.Contains(s.Error, "read-only file system") || s.Failed.IsZero() {
			t.Errorf("status before the show: %+v", s)
		}
		tags := long(t, 1)
		begun := shorter(tags, 3000)
		g.send(begun)
		if s := g.rec.Status(); s.File != "" || !strings.Contains(s.Error, "read-only file system") {
			t.Errorf("status: %+v", s)
		}
		grow("64m,rw")
		g.send(tags[len(begun):])
		synctest.Wait()
		if s := g.rec.Status(); s.File == "" || s.Error != "" || !s.Failed.IsZero() {
			t.Errorf("status when it may be written: %+v", s)
		}
	})
	if p := about(t, recorded(t, dir, ".mp4")[0]); p.MediaStart > 5000 || p.MediaStart+p.Length < 7900 {
		t.Errorf("recorded: %+v", p)
	}
}
