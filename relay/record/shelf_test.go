package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

func shelf(t testing.TB, dir string) *record.Shelf {
	t.Helper()
	s, err := record.NewShelf(func(stream string) string {
		if stream == "unrecorded" {
			return ""
		}
		return dir
	})
	must(t, err)
	return s
}

// get answers a request without a network.
func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL = &url.URL{Path: path}
	if u, err := url.ParseRequestURI(path); err == nil {
		r.URL = u
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	h.ServeHTTP(w, r)
	return w
}

// TestReplay lists two shows, one of two parts, and downloads what it finds.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, SplitEvery: 4 * time.Second}})
		defer g.stop()
		g.send(long(t, 1))
		g.stream.End()
		synctest.Wait()
		g.takeOver()
		g.send(shorter(long(t, 1), 2500))
	})
	h := shelf(t, dir).Handler()
	var list struct{ Shows []record.Summary }
	must(t, json.Unmarshal(get(h, "/main/replay").Body.Bytes(), &list))
	if len(list.Shows) != 2 || list.Shows[0].Date != "2000-01-01T00-00-08Z" || list.Shows[1].Count != 2 ||
		(list.Shows[1].Length-8000) > 100 || !list.Shows[1].Playable || list.Shows[1].Running {
		t.Fatalf("shows: %+v", list.Shows)
	}
	var day, show record.Show
	must(t, json.Unmarshal(get(h, "/main/replay/2000-01-01.json").Body.Bytes(), &day))
	must(t, json.Unmarshal(get(h, "/main/replay/2000-01-01T00-00-00Z.json").Body.Bytes(), &show))
	if len(day.Parts) != 3 || len(show.Parts) != 2 || show.Parts[1].MediaStart != 4000 || show.Bytes != list.Shows[1].Bytes {
		t.Fatalf("the day: %+v; the show: %+v", day, show)
	}
	for _, date := range []string{day.Date, show.Date} {
		for _, p := range show.Parts {
			want, err := os.ReadFile(filepath.Join(dir, "main", p.File))
			must(t, err)
			whole := get(h, "/main/replay/"+date+"/"+p.File)
			if whole.Code != http.StatusOK || !bytes.Equal(whole.Body.Bytes(), want) || whole.Header().Get("Content-Type") != "video/mp4" {
				t.Errorf("%s: %d, %d bytes, %v", p.File, whole.Code, whole.Body.Len(), whole.Header())
			}
			some := get(h, "/main/replay/"+date+"/"+p.File, "Range", "bytes=100-299")
			if some.Code != http.StatusPartialContent || !bytes.Equal(some.Body.Bytes(), want[100:300]) {
				t.Errorf("%s: a range is answered %d, %d bytes", p.File, some.Code, some.Body.Len())
			}
		}
	}
	checkFind(t, show)
}

// checkFind looks for offers at times of the show's 8 s.
func checkFind(t *testing.T, show record.Show) {
	t.Helper()
	for at, want := range map[time.Duration]string{
		0: "0 at 0s", 3999 * time.Millisecond: "0 at 3.999s", 4500 * time.Millisecond: "1 at 500ms", time.Minute: "",
	} {
		found, byMedia := "", ""
		for i, p := range show.Parts {
			if in, ok := p.Find(show.Started.Add(at)); ok {
				found = fmt.Sprint(i, " at ", in)
			}
			if in, ok := p.FindMedia(at + time.Duration(show.Parts[0].MediaStart)*time.Millisecond); ok {
				byMedia = fmt.Sprint(i, " at ", in)
			}
		}
		if found != want || byMedia != want {
			t.Errorf("%v is found in part %s by the clock and %s by the timeline, want %s", at, found, byMedia, want)
		}
	}
}

// TestReplayOfWhatIsRunning lists and plays a recording under way, and one that
// a crash has left.
func TestReplayOfWhatIsRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := func() (show record.Summary) {
		h := shelf(t, dir).Handler() // which remembers nothing
		var list struct{ Shows []record.Summary }
		must(t, json.Unmarshal(get(h, "/main/replay").Body.Bytes(), &list))
		if len(list.Shows) != 1 {
			t.Fatalf("shows: %+v", list.Shows)
		}
		return list.Shows[0]
	}
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(shorter(long(t, 1), 3000))
		synctest.Wait()
		if s := first(); !s.Running || s.Bytes < 100_000 {
			t.Errorf("while it is running: %+v", s)
		}
		now := filepath.Join(t.TempDir(), "now.mp4")
		must(t, os.WriteFile(now, get(shelf(t, dir).Handler(), "/main/replay/2000-01-01T00-00-00Z/2000-01-01T00-00-00Z.mp4").Body.Bytes(), 0o600))
		if n := len(coded(t, now, "0:v")); n < 70 || n > 90 {
			t.Errorf("%d pictures of 3 s so far", n)
		}
	})
	if s := first(); s.Running {
		t.Errorf("after its end: %+v", s)
	}
}

// TestListsAreMadeOnceASecond has many ask for a list while there is more and more
// to put on it.
func TestListsAreMadeOnceASecond(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := record.Config{Settings: record.Settings{Folder: dir}}
	one := recordTags(t, conf, shorter(long(t, 1), 1000))[0]
	synctest.Test(t, func(t *testing.T) {
		h := shelf(t, dir).Handler()
		count := func() int {
			var list struct{ Shows []record.Summary }
			must(t, json.Unmarshal(get(h, "/main/replay").Body.Bytes(), &list))
			return len(list.Shows)
		}
		if n := count(); n != 1 {
			t.Fatalf("%d shows", n)
		}
		must(t, os.Remove(one))
		if n := count(); n != 1 {
			t.Errorf("%d shows at once, want the list to be the same for a second", n)
		}
		time.Sleep(1100 * time.Millisecond)
		if n := count(); n != 0 {
			t.Errorf("%d shows when there are none", n)
		}
	})
}

// TestAcrossMidnight has a show begin before midnight and end after it, in parts,
// and another one begin after it. Each is found where it began, be it by its date
// or by its day, which is that of UTC wherever the machine is.
func TestAcrossMidnight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(24*time.Hour - 5*time.Second)
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, SplitEvery: 2 * time.Second}})
		defer g.stop()
		g.send(long(t, 1))
		g.stream.End()
		synctest.Wait()
		g.takeOver()
		g.send(shorter(long(t, 1), 1500))
	})
	h := shelf(t, dir).Handler()
	var list struct{ Shows []record.Summary }
	must(t, json.Unmarshal(get(h, "/main/replay").Body.Bytes(), &list))
	const first, second = "2000-01-01T23-59-55Z", "2000-01-02T00-00-03Z"
	if len(list.Shows) != 2 || list.Shows[0].Date != second || list.Shows[1].Date != first {
		t.Fatalf("shows: %+v", list.Shows)
	}
	for date, want := range map[string]int{first: 4, first[:10]: 4, second: 1, second[:10]: 1} {
		var show record.Show
		must(t, json.Unmarshal(get(h, "/main/replay/"+date+".json").Body.Bytes(), &show))
		if len(show.Parts) != want || show.Date != date {
			t.Errorf("on %s there is %+v", date, show)
		}
		for _, p := range show.Parts {
			if w := get(h, "/main/replay/"+date+"/"+p.File); w.Code != http.StatusOK || int64(w.Body.Len()) != p.Bytes {
				t.Errorf("of %s, %s is answered %d with %d bytes", date, p.File, w.Code, w.Body.Len())
			}
		}
	}
}
