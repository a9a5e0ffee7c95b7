package main

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// mostBehind is how much later than to the first viewer most parts may come: what
// the lock of the cache costs, and a busy machine.
const mostBehind = 800 * time.Millisecond

// TestCacheInFront has fifty players of low-latency HLS, and ffmpeg, watch a show
// through a real cache, and then the next one.
func TestCacheInFront(t *testing.T) {
	ffmpeg := require.Program(t, "ffmpeg")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h, f := serveBehind(t)
	direct := &hlsViewer{client: f.client(), base: "http://" + h.public + "/main"}
	var crowd []*hlsViewer
	for i := range 50 {
		crowd = append(crowd, &hlsViewer{client: f.client(), base: f.url() + "/main", delta: i%2 == 1})
	}
	if err := crowd[0].begin(ctx); !errors.Is(err, errGone) {
		t.Errorf("before the show: %v", err)
	}
	e := h.film(ctx, t, 1)
	until(ctx, t, "a picture", func() bool { return direct.begin(ctx) == nil })
	var all sync.WaitGroup
	for _, v := range append(crowd, direct) {
		all.Go(func() {
			err := v.begin(ctx) // the cache must not go on saying that there is nothing
			if err == nil {
				err = v.play(ctx)
			}
			if err != nil {
				t.Errorf("a viewer of %s: %v", v.base, err)
			}
		})
	}
	if out, err := exec.CommandContext(ctx, ffmpeg, "-hide_banner", "-loglevel", "error", "-xerror",
		"-i", f.url()+"/main/index.m3u8", "-t", "4", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("ffmpeg: %v\n%s", err, out)
	}
	stopped := time.Now()
	e.Stop()
	all.Wait()
	if t.Failed() {
		return
	}
	for _, v := range crowd {
		if late := v.ended.Sub(stopped); late > v.last.target {
			t.Errorf("a viewer is told of the end after %v", late)
		}
	}
	same(ctx, t, direct, crowd)
	soon(t, direct, crowd)
	f.seldom(crowd)
	f.polite(ctx, direct)

	again := h.film(ctx, t, 10) // faster, so that there soon is what a delta leaves out
	defer again.Stop()
	next(ctx, t, direct, crowd[1])
}

// same fails unless all viewers have what the server has.
func same(ctx context.Context, t *testing.T, direct *hlsViewer, crowd []*hlsViewer) {
	t.Helper()
	server := map[string][sha256.Size]byte{}
	for _, v := range crowd {
		for name, file := range v.files {
			if _, known := server[name]; !known {
				text, err := direct.get(ctx, direct.folder+name)
				must(t, err)
				server[name] = sha256.Sum256([]byte(text))
			}
			if server[name] != file.sum {
				t.Errorf("a viewer has another %s than the server", name)
			}
		}
		if len(v.files) < 12 {
			t.Errorf("a viewer has %d files only", len(v.files))
		}
	}
}

// soon fails unless parts come by way of the cache not much later than the first
// viewer has them, with or without it, once a viewer has watched for a moment.
func soon(t *testing.T, direct *hlsViewer, crowd []*hlsViewer) {
	t.Helper()
	first := map[string]time.Time{}
	for _, v := range append(crowd, direct) {
		for name, file := range v.files {
			if at, known := first[name]; !known || file.at.Before(at) {
				first[name] = file.at
			}
		}
	}
	var late []time.Duration
	for _, v := range crowd {
		for name, file := range v.files {
			if file.at.Sub(v.begun) > 2*time.Second {
				late = append(late, file.at.Sub(first[name]))
			}
		}
	}
	if len(late) < 5*len(crowd) {
		t.Fatalf("only %d parts came", len(late))
	}
	slices.Sort(late)
	n := len(late)
	t.Logf("%d parts come later than to the first viewer by %v (p50), %v (p90), %v (p99)", n, late[n/2], late[n*9/10], late[n*99/100])
	if late[n/2] > mostBehind {
		t.Errorf("half of the parts come more than %v later than to the first viewer", late[n/2])
	}
}

// seldom fails unless the server was asked for each thing about once, however
// many watch. While a part is late, those who wait for it may ask themselves.
func (f *front) seldom(crowd []*hlsViewer) {
	f.t.Helper()
	asked, passed := f.asked()
	counts := slices.Sorted(maps.Values(passed))
	total := 0
	for _, n := range counts {
		total += n
	}
	f.t.Logf("%d requests, of which the server got %d, for %d things; the most for one were %d", asked, total, len(counts), counts[len(counts)-1])
	if counts[len(counts)*3/4] > 2 || total*4 > asked || asked < 20*len(crowd) {
		f.t.Errorf("how often the server was asked for each thing: %d", counts)
	}
}

// polite looks at what comes from the cache when clients ask in other ways.
func (f *front) polite(ctx context.Context, direct *hlsViewer) {
	f.t.Helper()
	folder := f.url() + strings.TrimPrefix(direct.folder, "http://"+f.behind)
	playlist, segment := folder+"stream.m3u8?_HLS_msn=1&_HLS_part=0", folder+"seg-1.m4s"
	whole := f.ask(ctx, http.MethodGet, segment)
	if got := f.ask(ctx, http.MethodHead, segment); got.body != "" || got.Header.Get("Content-Length") != fmt.Sprint(len(whole.body)) {
		f.t.Errorf("HEAD: %d bytes, %v", len(got.body), got.Header)
	}
	if got := f.ask(ctx, http.MethodGet, segment, "Range", "bytes=100-199"); got.StatusCode != http.StatusPartialContent || got.body != whole.body[100:200] {
		f.t.Errorf("a range: %s, %d bytes", got.Status, len(got.body))
	}
	if got := f.ask(ctx, http.MethodGet, segment, "Accept-Encoding", "gzip"); got.Header.Get("Content-Encoding") != "" || got.body != whole.body {
		f.t.Errorf("a segment for who takes gzip: %v", got.Header)
	}
	plain, packed := f.ask(ctx, http.MethodGet, playlist), f.ask(ctx, http.MethodGet, playlist, "Accept-Encoding", "gzip", "Origin", "https://shop.example")
	unpacked, err := gzip.NewReader(strings.NewReader(packed.body))
	must(f.t, err)
	text, err := io.ReadAll(unpacked)
	must(f.t, err)
	if string(text) != plain.body || plain.Header.Get("Content-Encoding") != "" || plain.Header.Get("Vary") != "Accept-Encoding" ||
		packed.Header.Get("Vary") != "Accept-Encoding" {
		f.t.Errorf("with gzip: %v\nwithout: %v", packed.Header, plain.Header)
	}
	for _, got := range []reply{plain, packed, whole} {
		if all := got.Header.Values("Access-Control-Allow-Origin"); !slices.Equal(all, []string{"*"}) || got.Header.Get("Set-Cookie") != "" {
			f.t.Errorf("other people's pages: %v", got.Header)
		}
	}
	wrong := map[string]int{"stream.m3u8?_HLS_msn=x": http.StatusBadRequest, "part-9999.m4s": http.StatusNotFound}
	for question, want := range wrong {
		for range 2 {
			if got := f.ask(ctx, http.MethodGet, folder+question); got.StatusCode != want {
				f.t.Errorf("%s: %s", question, got.Status)
			}
		}
	}
	path := strings.TrimPrefix(folder, f.url())
	for question := range wrong {
		until(ctx, f.t, "both questions "+question+" at the server", func() bool { // nginx notes them when they are answered
			_, passed := f.asked()
			return passed[path+question] == 2
		})
	}
	if _, passed := f.asked(); passed[path+"seg-1.m4s"] != 1 {
		f.t.Errorf("the server was asked for the segment %d times", passed[path+"seg-1.m4s"])
	}
}

// next fails unless the cache leads to the next broadcast soon after the server
// does, and on from there.
func next(ctx context.Context, t *testing.T, direct, viewer *hlsViewer) {
	t.Helper()
	over := viewer.folder[len(viewer.base):]
	until(ctx, t, "the next broadcast", func() bool { return direct.begin(ctx) == nil })
	began := time.Now()
	until(ctx, t, "the next broadcast by way of the cache", func() bool {
		return viewer.begin(ctx) == nil && viewer.folder[len(viewer.base):] != over
	})
	if took := time.Since(began); took > 2500*time.Millisecond { // a second, which nginx may round up, and a busy machine
		t.Errorf("the cache leads to the broadcast before for %v", took)
	}
	for viewer.last.skipped == 0 {
		must(t, viewer.step(ctx))
	}
	if viewer.folder[len(viewer.base):] != direct.folder[len(direct.base):] {
		t.Errorf("the cache leads to %s, the server to %s", viewer.folder, direct.folder)
	}
}
