package record_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

// TestNothingIsHeldBack looks at what a recording has handed to the kernel, which
// is what a kill leaves of it, at many moments: never is more than a second
// missing, between keyframes as well as at them, with parts and without.
func TestNothingIsHeldBack(t *testing.T) {
	t.Parallel()
	for _, format := range []record.Format{record.MP4, record.FLV} {
		for _, split := range []time.Duration{0, time.Second} {
			t.Run(fmt.Sprint(format, " ", split), func(t *testing.T) {
				t.Parallel()
				type moment struct {
					last  time.Duration
					files []string
				}
				var moments []moment
				dir, kept := t.TempDir(), t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: format, SplitEvery: split}})
					defer g.stop()
					tags, at := long(t, 1), 0
					for ms := uint32(1101); ms < 6000; ms += 300 {
						n := len(shorter(tags, ms))
						g.send(tags[at:n])
						at = n
						synctest.Wait()
						m := moment{last: time.Duration(tags[n-1].Time) * time.Millisecond}
						for _, f := range recorded(t, dir, "."+string(format)) {
							data, err := os.ReadFile(f)
							must(t, err)
							m.files = append(m.files, filepath.Join(kept, fmt.Sprint(ms, "-", filepath.Base(f))))
							must(t, os.WriteFile(m.files[len(m.files)-1], data, 0o600))
						}
						moments = append(moments, m)
					}
				})
				for _, m := range moments {
					checkKept(t, m.files, m.last, promised)
				}
			})
		}
	}
}

// checkKept wants files that ffmpeg finds no fault with, in which of what was sent
// until last no more is missing than lost, be it pictures or sound. One file may
// have been about to begin.
func checkKept(t *testing.T, files []string, last, lost time.Duration) (kept time.Duration) {
	t.Helper()
	pictures, sounds := 0, 0
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() > 0 {
			pictures += len(decoded(t, f, "0:v"))
			sounds += len(decoded(t, f, "0:a"))
		}
	}
	seen, heard := time.Duration(pictures)*time.Second/30, time.Duration(sounds)*1024*time.Second/48_000
	kept = min(seen, heard)
	if kept < last-lost || max(seen, heard) > last+200*time.Millisecond {
		t.Errorf("%v of pictures and %v of sound are in %d files, and %v were sent", seen, heard, len(files), last)
	}
	return kept
}

// offered is what a viewer gets of all shows over HTTP, in files.
func offered(t *testing.T, dir string) (files []string) {
	t.Helper()
	h := shelf(t, dir).Handler()
	var list struct{ Shows []record.Summary }
	must(t, json.Unmarshal(get(h, "/main/replay").Body.Bytes(), &list))
	for _, s := range list.Shows {
		var show record.Show
		must(t, json.Unmarshal(get(h, "/main/replay/"+s.Date+".json").Body.Bytes(), &show))
		for _, p := range show.Parts {
			w := get(h, "/main/replay/"+s.Date+"/"+p.File)
			if w.Code == http.StatusNotFound || w.Body.Len() == 0 { // nothing of it can be played yet
				continue
			}
			file := filepath.Join(t.TempDir(), p.File)
			must(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
			files = append(files, file)
		}
	}
	return files
}
