package web_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay/web"
)

// T38: no name leads out of the folder of images, or to what is no picture.
func TestImagesStayInTheirFolder(t *testing.T) {
	dir := album(t)
	outside := filepath.Join(filepath.Dir(dir), "outside.png")
	writePicture(t, outside, bigger)
	must(t, os.Symlink(outside, filepath.Join(dir, "link.png")))
	must(t, os.Symlink("honey.png", filepath.Join(dir, "inside.png")))
	must(t, os.Mkdir(filepath.Join(dir, "folder.png"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "script.svg"), []byte("<svg onload=alert(1)>"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "page.png"), []byte("<!doctype html><script>alert(1)</script>"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "secret.key"), []byte("secret"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, ".hidden.png"), []byte("\x89PNG\r\n\x1a\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "huge.png"), append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 10<<20)...), 0o600))
	s := open(t, func(c *web.Config) { c.Settings.Images = dir })
	want, err := os.ReadFile(filepath.Join(dir, "honey.png"))
	must(t, err)
	for _, name := range []string{"honey.png", "inside.png"} {
		res := s.ask("GET", "/images/"+name)
		if got := res.text; res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/png" || !bytes.Equal([]byte(got), want) ||
			!strings.Contains(res.Header.Get("Cache-Control"), "max-age=3600") {
			t.Errorf("%s: got %d, %v", name, res.StatusCode, res.Header)
		}
	}
	names := []string{
		"link.png", "folder.png", "script.svg", "page.png", "secret.key", ".hidden.png", "huge.png", "", "none.png", "honey.png/", "honey.png%00", "honey.png%00.png",
		strings.Repeat("a", 300) + ".png", "%F0%9F%8D%AF.png", "HONEY.PNG%20", "CON.png", "honey.png::$DATA",
	}
	for _, up := range []string{"../", "..%2f", "%2e%2e/", "%2e%2e%2f", `..\`, "..%5c", "%252e%252e%252f", "..;/", "....//", "/", "%2f", "./", "folder.png/../", "..%c0%af"} {
		for n := range 5 {
			names = append(names, strings.Repeat(up, n+1)+"outside.png", strings.Repeat(up, n+1)+"etc/passwd", strings.Repeat(up, n+1)+strings.TrimPrefix(outside, "/"))
		}
	}
	for _, name := range names {
		res := s.ask("GET", "/images/"+name)
		if res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q is answered with %d %q", name, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
}

func TestWithoutAFolderThereAreNoImages(t *testing.T) {
	s := open(t)
	for _, name := range []string{"honey.png", "go.mod", "page.png"} {
		if res := s.ask("GET", "/images/"+name); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d", name, res.StatusCode)
		}
	}
}
