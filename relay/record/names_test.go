package record_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hawker-live/hawker/relay/record"
)

// TestNamesLeadNowhereElse asks for what is outside of a stream's recordings.
func TestNamesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const date = "2000-01-01T00-00-00Z"
	recordTags(t, record.Config{Settings: record.Settings{Folder: filepath.Join(dir, "all")}}, shorter(long(t, 1), 1000))
	own := filepath.Join(dir, "all", "main")
	secret := func(path ...string) {
		must(t, os.MkdirAll(filepath.Join(append([]string{dir}, path[:len(path)-1]...)...), 0o700))
		must(t, os.WriteFile(filepath.Join(append([]string{dir}, path...)...), []byte("secret"), 0o600))
	}
	secret("secret.mp4")
	secret("all", "secret.mp4")
	secret("all", "main", "secret.mp4")
	secret("outside", date+".mp4")
	text, err := os.ReadFile(filepath.Join(own, date+".json"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "outside", date+".json"), text, 0o600))
	must(t, os.Symlink(filepath.Join(dir, "outside"), filepath.Join(dir, "all", "link")))
	must(t, os.WriteFile(filepath.Join(own, date+"-002.json"), bytes.Replace(text, []byte(`"part": 1`), []byte(`"part": 2`), 1), 0o600))
	must(t, os.Symlink(filepath.Join(dir, "secret.mp4"), filepath.Join(own, date+"-002.mp4")))
	must(t, os.WriteFile(filepath.Join(own, date+"-003.json"), bytes.Replace(text, []byte(`"`+date+`"`), []byte(`"../`+date+`"`), 1), 0o600))

	h := shelf(t, filepath.Join(dir, "all")).Handler()
	ups := []string{"..", "%2e%2e", ".", "", "..%2f", "%2e%2e%2f", "..%5c", `..\`, "%00", "%c0%ae%c0%ae", "．．", strings.Repeat("a", 300), "outside", "all", "link", "main", "nobody", "unrecorded"}
	files := []string{date + ".mp4", date + "-002.mp4", date + "-003.mp4", "secret.mp4", "..%2fsecret.mp4", "%2e%2e/secret.mp4", date + ".mp4%00", date + ".json", date, date + "/../secret.mp4", "/etc/passwd"}
	n := 0
	for _, a := range ups {
		for _, b := range append(ups, date, "2000-01-01", date+".json") {
			for _, f := range files {
				for _, path := range []string{"/" + a + "/replay/" + b + "/" + f, "/main/replay/" + b + a + "/" + f, "/" + a + "/" + b + "/replay/" + date + "/" + f, "/main/replay/" + date + "/" + a + b + f} {
					n++
					w := get(h, path)
					body := w.Body.String()
					right := strings.HasSuffix(path, "/"+date+".mp4") && w.Body.Len() > 10_000
					if strings.Contains(body, "secret") && !strings.Contains(body, "href") || w.Code == http.StatusOK && !right {
						t.Fatalf("%q is answered %d with %d bytes", path, w.Code, w.Body.Len())
					}
					if w.Code >= 500 {
						t.Fatalf("%q is answered %d %s", path, w.Code, body)
					}
				}
			}
		}
	}
	t.Logf("%d paths", n)
	for _, path := range []string{"/link/replay", "/unrecorded/replay"} {
		if w := get(h, path); strings.Contains(w.Body.String(), date) {
			t.Errorf("%s is answered %d %s", path, w.Code, w.Body)
		}
	}
	if w := get(h, "/nobody/replay"); strings.TrimSpace(w.Body.String()) != `{"shows":[]}` {
		t.Errorf("a stream without recordings is answered %d %s", w.Code, w.Body)
	}
}

// TestRecorderStaysInItsFolder has a link where the stream's folder should be, and
// other files where a recording should.
func TestRecorderStaysInItsFolder(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	must(t, os.Symlink(outside, filepath.Join(dir, "main")))
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(shorter(long(t, 1), 3000))
		if s := g.rec.Status(); s.Error == "" {
			t.Errorf("status: %+v", s)
		}
	})
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("outside: %v, %v", left, err)
	}
	must(t, os.Remove(filepath.Join(dir, "main")))
	must(t, os.Mkdir(filepath.Join(dir, "main"), 0o700))
	precious := filepath.Join(outside, "precious")
	must(t, os.WriteFile(precious, []byte("precious"), 0o600))
	must(t, os.Symlink(precious, filepath.Join(dir, "main", "2000-01-01T00-00-00Z.mp4")))
	must(t, os.WriteFile(filepath.Join(dir, "main", "2000-01-01T00-00-00Z-002.mp4"), []byte("other"), 0o600))
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(shorter(long(t, 1), 3000))
		if s := g.rec.Status(); s.File != "2000-01-01T00-00-00Z-003.mp4" {
			t.Errorf("status: %+v", s)
		}
	})
	if text, err := os.ReadFile(precious); err != nil || string(text) != "precious" {
		t.Errorf("the link's target: %q, %v", text, err)
	}
}

// FuzzDescription has anything where a description should be.
func FuzzDescription(f *testing.F) {
	const date = "2000-01-01T00-00-00Z"
	f.Add([]byte(`{"version":1,"date":"` + date + `","part":1,"format":"mp4"}`))
	f.Add([]byte(`{"version":1,"date":"../` + date + `","part":-1,"format":"/etc"}`))
	dir := f.TempDir()
	must(f, os.Mkdir(filepath.Join(dir, "main"), 0o700))
	must(f, os.WriteFile(filepath.Join(dir, "main", date+".mp4"), []byte("right"), 0o600))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := shelf(t, dir)
		must(t, os.WriteFile(filepath.Join(dir, "main", date+".json"), text, 0o600))
		_, err := s.Shows("main")
		must(t, err)
		file, _, err := s.Open("main", date+".mp4")
		if err != nil {
			return
		}
		defer func() { _ = file.Close() }()
		if got, err := io.ReadAll(file); err != nil || string(got) != "right" {
			t.Errorf("%q, %v", got, err)
		}
	})
}
