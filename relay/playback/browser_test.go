package playback_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// hlsVersion of hls.js, which is fetched by npm and never committed.
const hlsVersion = "1.7.4"

// state is what a page says of its player.
type state struct {
	Time     float64 // of the stream
	Pictures int     // decoded
	Sound    int     // bytes decoded
	Latency  float64 // seconds behind the wall clock
	Stalls   int
	Headers  int // that the feed had
	Errors   string
}

// browse opens a page of testdata beside a stage, and returns what asks it how
// it goes.
func browse(t *testing.T, g *stage, page string, more map[string]string) (look func() state) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/main/", http.StripPrefix("/main", g))
	for path, file := range more {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join("testdata", page)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(g.stop)
	tab := browser.Start(t).Tab(t, 1280, 720)
	tab.Go(server.URL)
	return func() (s state) {
		t.Helper()
		tab.Eval("look()", &s)
		return s
	}
}

// watchUntil asks a page until it is as it should be.
func watchUntil(t *testing.T, look func() state, limit time.Duration, what string, done func(state) bool) state {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(limit)
	for {
		s := look()
		if done(s) {
			return s
		}
		select {
		case <-ticker.C:
		case <-late:
			t.Fatalf("not within %v: %s; the page says %+v", limit, what, s)
		}
	}
}

// TestBrowserPlaysTheFeed has Chromium append the feed to a MediaSource.
func TestBrowserPlaysTheFeed(t *testing.T) {
	t.Parallel()
	g := raise(t)
	look := browse(t, g, "feed.html", nil)
	g.play(theClip(t).Loop())
	playsOn(t, look, 1.5)
}

// TestBrowserPlaysHLS has hls.js in Chromium play low-latency HLS.
func TestBrowserPlaysHLS(t *testing.T) {
	t.Parallel()
	g := raise(t)
	look := browse(t, g, "hls.html", map[string]string{"/hls.js": hlsJS(t)})
	g.play(theClip(t).Loop())
	playsOn(t, look, 2.5)
}

// playsOn wants a picture that moves, sound, and a latency, in seconds, that
// leaves room for a busy machine.
func playsOn(t *testing.T, look func() state, latency float64) {
	t.Helper()
	const noise = 3
	first := watchUntil(t, look, 20*time.Second, "it plays", func(s state) bool { return s.Pictures > 15 && s.Sound > 0 })
	s := watchUntil(t, look, 20*time.Second, "it plays on", func(s state) bool { return s.Time > first.Time+3 })
	t.Logf("%+v", s)
	if s.Pictures-first.Pictures < 60 || s.Sound <= first.Sound || s.Latency > latency+noise || s.Errors != "" {
		t.Errorf("after 3 s: %+v, at first %+v; want 60 pictures and sound within %v s", s, first, latency)
	}
}

// TestBrowserGoesOn has an encoder drop, a slate, and the encoder back: with the
// same headers, and then with others. The picture must go on, in the feed and in
// HLS.
func TestBrowserGoesOn(t *testing.T) {
	require.Nightly(t)
	for page, headers := range map[string]int{"feed.html": 2, "hls.html": 0} {
		t.Run(page, func(t *testing.T) {
			g := raise(t)
			look := browse(t, g, page, map[string]string{"/hls.js": hlsJS(t)})
			c := theClip(t)
			part := func(source relaytest.Source, ms int) {
				_ = run(g.out, &until{source, time.Duration(ms) * time.Millisecond})
			}
			g.encoders.Go(func() {
				part(c.Loop(), 6000)
				b := g.stream.Current()
				filler := g.stream.Filler()
				filler.TakeOver(b)
				_ = run(filler, &slate{picture: b.Keyframe(), sound: true, length: 5 * time.Second})
				g.takeOver()
				part(c.Loop(), 6000)
				g.takeOver()
				part(&edited{Source: c.Loop(), edit: func(tag flv.Tag) []flv.Tag {
					if isHeader(tag, media.Video) {
						tag.Body = bytes.Clone(tag.Body)
						tag.Body[8]++ // the level
					}
					return []flv.Tag{tag}
				}}, 30_000)
			})
			s := watchUntil(t, look, 40*time.Second, "it plays on after all of it", func(s state) bool { return s.Time > 24 })
			t.Logf("%+v", s)
			if s.Headers != headers || s.Pictures < 300 || strings.Contains(s.Errors, "fatal") {
				t.Errorf("at the end: %+v", s)
			}
		})
	}
}

// hlsJS is the file of hls.js, which is kept for the next time.
func hlsJS(t *testing.T) string {
	t.Helper()
	npm := require.Program(t, "npm")
	cache, err := os.UserCacheDir()
	must(t, err)
	dir := filepath.Join(cache, "hawker-test")
	file := filepath.Join(dir, "hls-"+hlsVersion+".js")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	must(t, os.MkdirAll(dir, 0o755))
	pack := t.TempDir()
	if text, err := exec.CommandContext(t.Context(), npm, "pack", "--silent", "--pack-destination", pack, "hls.js@"+hlsVersion).CombinedOutput(); err != nil {
		if os.Getenv(require.Environment) == "all" {
			t.Fatalf("npm pack: %v\n%s", err, text)
		}
		t.Skipf("hls.js cannot be fetched: %v", err)
	}
	unpack(t, filepath.Join(pack, "hls.js-"+hlsVersion+".tgz"), "package/dist/hls.js", file)
	return file
}

// unpack takes a file out of an archive.
func unpack(t *testing.T, archive, name, file string) {
	t.Helper()
	f, err := os.Open(archive)
	must(t, err)
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	must(t, err)
	for r := tar.NewReader(z); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("%s has no %s", archive, name)
		}
		must(t, err)
		if head.Name == name {
			body, err := io.ReadAll(r)
			must(t, err)
			part := file + ".part"
			must(t, os.WriteFile(part, body, 0o644))
			must(t, os.Rename(part, file))
			return
		}
	}
}
