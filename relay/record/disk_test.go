package record_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
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

func metric(t *testing.T, g *stage, name string) (v float64) {
	t.Helper()
	families, err := g.metrics.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				v += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return v
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var written float64
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(long(t, 1))
		if metric(t, g, "hawker_recording_active") != 1 {
			t.Error("a recording is not active while it is")
		}
		g.stream.End()
		synctest.Wait()
		if metric(t, g, "hawker_recording_active") != 0 {
			t.Error("a recording is active after its end")
		}
		written = metric(t, g, "hawker_recording_written_bytes_total")
	})
	info, err := os.Stat(recorded(t, dir, ".mp4")[0])
	must(t, err)
	if written != float64(info.Size()) {
		t.Errorf("%v bytes were counted, the file has %d", written, info.Size())
	}
}

// TestOldOnesGo keeps what fits into limits, and never what is none of its own.
func TestOldOnesGo(t *testing.T) {
	t.Parallel()
	show := func(t *testing.T, settings record.Settings) {
		synctest.Test(t, func(t *testing.T) {
			g := raise(t, record.Config{Settings: settings})
			defer g.stop()
			for range 5 {
				g.send(shorter(long(t, 1), 2100))
				g.stream.End()
				wait := time.NewTimer(time.Minute)
				<-wait.C
				g.takeOver()
			}
		})
	}
	tests := map[string]struct {
		settings record.Settings
		kept     int
	}{
		"by age":  {record.Settings{MaxAge: 130 * time.Second}, 3},
		"by size": {record.Settings{MaxBytes: 420_000}, 3},
		"all":     {record.Settings{}, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tt.settings.Folder = dir
			must(t, os.MkdirAll(filepath.Join(dir, "main"), 0o700))
			other := filepath.Join(dir, "main", "1999-01-01 my own.mp4")
			must(t, os.WriteFile(other, []byte("x"), 0o600))
			show(t, tt.settings)
			files := recorded(t, dir, "Z.mp4")
			if len(files) != tt.kept || about(t, files[len(files)-1]).Started.Minute() != 4 {
				t.Errorf("kept: %v", files)
			}
			if abouts := recorded(t, dir, ".json"); len(abouts) != len(files) {
				t.Errorf("descriptions: %v", abouts)
			}
			if _, err := os.Stat(other); err != nil {
				t.Error(err)
			}
		})
	}
}

// shorter is tags before a time in ms.
func shorter(tags []flv.Tag, ms uint32) []flv.Tag {
	for i, tag := range tags {
		if tag.Time >= ms && tag.Kind == media.Video {
			return tags[:i]
		}
	}
	return tags
}

// TestModes has nobody else read recordings.
func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	recordTags(t, record.Config{Settings: record.Settings{Folder: dir}}, shorter(long(t, 1), 1000))
	for _, name := range append(recorded(t, dir, ""), dir, filepath.Join(dir, "main")) {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, conf := range map[string]record.Config{
		"no folder":   {Stream: "main"},
		"odd format":  {Stream: "main", Settings: record.Settings{Folder: "x", Format: "avi"}},
		"odd name":    {Stream: "../main", Settings: record.Settings{Folder: "x"}},
		"negative":    {Stream: "main", Settings: record.Settings{Folder: "x", SplitBytes: -1}},
		"no feed":     {Stream: "main", Settings: record.Settings{Folder: "x"}},
		"no settings": {},
	} {
		if _, err := record.New(conf); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "no feed" && !strings.Contains(err.Error(), "Feed") {
			t.Error(err)
		}
	}
}
