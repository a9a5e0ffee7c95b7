package playback_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// lively is a stream that costs little, and is on for a while before the test
// begins: TARGETDURATION 3, segments of 2 s.
var lively = relaytest.Synthetic{VideoBitrate: 100_000}

// bubble runs a test on a clock of its own, with a stage on which lively has been
// on for five seconds.
func bubble(t *testing.T, test func(t *testing.T, g *stage), change ...func(*playback.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, change...)
		defer g.stop()
		g.play(lively.Source())
		time.Sleep(5010 * time.Millisecond)
		synctest.Wait()
		test(t, g)
	})
}

// now is the session's playlist without waiting.
func (g *stage) now(folder string) *playlist {
	g.t.Helper()
	p, err := parsePlaylist(g.fetch(folder + "stream.m3u8"))
	must(g.t, err)
	return p
}

func TestWrongQuestionsAreRefusedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		segment, part := g.now(folder).next()
		began := time.Now()
		for _, query := range []string{
			"_HLS_msn=", "_HLS_msn=-1", "_HLS_msn=NaN", "_HLS_msn=1e3", "_HLS_msn=0x1", "_HLS_msn=99999999999999999999", "_HLS_msn=+1",
			"_HLS_msn=1&_HLS_msn=1", "_HLS_part=0", "_HLS_msn=1&_HLS_part=x", "_HLS_msn=1&_HLS_part=-1", "_HLS_skip=NO", "_HLS_msn=%zz",
			"_HLS_msn=9223372036854775807", fmt.Sprintf("_HLS_msn=%d", segment+2),
			fmt.Sprintf("_HLS_msn=%d&_HLS_part=%d", segment, part+15), fmt.Sprintf("_HLS_msn=%d&_HLS_part=15", segment+1),
		} {
			w := g.get(folder + "stream.m3u8?" + query)
			if w.Code != http.StatusBadRequest || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d, %v", query, w.Code, w.Header())
			}
		}
		for _, path := range []string{
			"seg-99.m4s", "part-999.m4s", "part-01.m4s", "part-+1.m4s", "part--1.m4s", "init-9.mp4", "init-0.m4s", "seg-.m4s", "x", "..%2f", "part-1.m4s/x",
		} {
			if w := g.get(folder + path); w.Code != http.StatusNotFound {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		if w := g.get("/hls/0123456789abcdef/stream.m3u8"); w.Code != http.StatusNotFound {
			t.Errorf("another session: %d", w.Code)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestReloadWaitsForWhatItAsks(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		p := g.now(folder)
		segment, part := p.next()
		tests := []struct {
			query string
			parts int // that must have come
		}{
			{fmt.Sprintf("_HLS_msn=%d&_HLS_part=%d", segment, part), 1},
			{fmt.Sprintf("_HLS_msn=%d&_HLS_part=%d", segment, part+3), 4},
			{fmt.Sprintf("_HLS_msn=%d", segment), 10 - part},
			{fmt.Sprintf("_HLS_msn=%d&_HLS_part=0", segment+1), 11 - part},
			{fmt.Sprintf("_HLS_msn=%d&_HLS_part=9", segment-1), 0},
			{fmt.Sprintf("_HLS_msn=%d&_HLS_part=10", segment-1), 0}, // the first of the open one
			{"_HLS_msn=0", 0},
		}
		began := time.Now()
		var all sync.WaitGroup
		for _, test := range tests {
			all.Go(func() {
				w := g.get(folder + "stream.m3u8?" + test.query)
				// The next part comes within 0.2 s and a frame; all others 0.2 s later each.
				took := time.Since(began)
				from, to := time.Duration(test.parts-1)*200*time.Millisecond, time.Duration(test.parts)*200*time.Millisecond+34*time.Millisecond
				if w.Code != http.StatusOK || took < max(0, from) || took > max(0, to) {
					t.Errorf("%s: %d after %v, want %d parts of waiting", test.query, w.Code, took, test.parts)
				}
				if got := w.Header().Get("Cache-Control"); got != "public, max-age=18" {
					t.Errorf("%s: Cache-Control %q", test.query, got)
				}
			})
		}
		all.Go(func() {
			if w := g.get(folder + p.hint); w.Code != http.StatusOK || time.Since(began) > 234*time.Millisecond {
				t.Errorf("the part that was hinted at: %d after %v", w.Code, time.Since(began))
			}
		})
		all.Wait()
	})
}

func TestAnswersSayHowLongTheyMayBeKept(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		p := g.now(folder)
		media := "public, max-age=31536000, immutable"
		for path, want := range map[string][2]string{
			"/index.m3u8":                       {"public, max-age=1", "application/vnd.apple.mpegurl"},
			folder + "stream.m3u8":              {"public, max-age=1", "application/vnd.apple.mpegurl"},
			folder + "stream.m3u8?_HLS_skip=v2": {"public, max-age=1", "application/vnd.apple.mpegurl"},
			folder + "init-0.mp4":               {media, "video/mp4"},
			folder + p.segments[0].uri:          {media, "video/mp4"},
			folder + "part-0.m4s":               {media, "video/mp4"},
			folder + "part-999.m4s":             {"no-store", "text/plain; charset=utf-8"},
		} {
			w := g.get(path)
			h := w.Header()
			if h.Get("Cache-Control") != want[0] || h.Get("Content-Type") != want[1] ||
				h.Get("Access-Control-Allow-Origin") != "*" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", path, h)
			}
			head := httptest.NewRecorder()
			g.ServeHTTP(head, httptest.NewRequest(http.MethodHead, path, nil))
			if head.Code != w.Code || w.Code == http.StatusOK && (head.Body.Len() > 0 || head.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len())) {
				t.Errorf("HEAD %s: %d, %v", path, head.Code, head.Header())
			}
		}
		if w := httptest.NewRecorder(); true {
			g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/index.m3u8", nil))
			if w.Code != http.StatusMethodNotAllowed {
				t.Errorf("POST: %d", w.Code)
			}
		}
	})
}

// TestSilentStreamAnswersInTime stops the encoder without an end.
func TestSilentStreamAnswersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := raise(t)
		defer g.stop()
		must(t, run(g.out, &until{lively.Source(), 5 * time.Second}))
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		p := g.now(folder)
		segment, part := p.next()
		began := time.Now()
		for _, path := range []string{fmt.Sprintf("stream.m3u8?_HLS_msn=%d&_HLS_part=%d", segment, part), p.hint} {
			w := g.get(folder + path)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: %d, %v", path, w.Code, w.Header())
			}
		}
		if took := time.Since(began); took != 2*3*3*time.Second {
			t.Errorf("they took %v, want three target durations each", took)
		}
	})
}

// TestEndReleasesAllWhoWait has a thousand reloads wait when the broadcast ends
// (T29).
func TestEndReleasesAllWhoWait(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		segment, _ := g.now(folder).next()
		synctest.Wait()
		before := runtime.NumGoroutine()
		const many = 1000
		answers := make([]*httptest.ResponseRecorder, many)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				answers[i] = g.get(fmt.Sprintf("%sstream.m3u8?_HLS_msn=%d&_HLS_part=%d", folder, segment+1, i%3))
			})
		}
		synctest.Wait()
		if got := runtime.NumGoroutine(); got < before+many {
			t.Fatalf("%d goroutines wait, want %d", got-before, many)
		}
		began := time.Now()
		g.stream.End()
		all.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("they were answered after %v", took)
		}
		for _, w := range answers {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "#EXT-X-ENDLIST\n") || strings.Contains(w.Body.String(), "HINT") {
				t.Fatalf("%d\n%s", w.Code, w.Body)
			}
		}
		synctest.Wait()
		if got := runtime.NumGoroutine(); got > before {
			t.Errorf("%d goroutines are left over", got-before)
		}
	})
}

func TestWhoLeavesNoLongerWaits(t *testing.T) {
	registry := prometheus.NewRegistry()
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		segment, _ := g.now(folder).next()
		paths := []string{fmt.Sprintf("%sstream.m3u8?_HLS_msn=%d", folder, segment), folder + g.now(folder).hint, "/live.mp4"}
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, path := range paths {
			all.Go(func() { g.getIn(ctx, path) })
		}
		synctest.Wait()
		if got := gauges(t, registry); got["hawker_playback_waiting_requests"] != 2 || got["hawker_playback_feeds"] != 1 ||
			got["hawker_playback_requests_total"] < 5 || g.server.Feeds() != 1 {
			t.Errorf("while they wait: %v", got)
		}
		began := time.Now()
		leave()
		all.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("they ended after %v", took)
		}
		if got := gauges(t, registry); got["hawker_playback_waiting_requests"] != 0 || got["hawker_playback_feeds"] != 0 {
			t.Errorf("when they have left: %v", got)
		}
	}, func(c *playback.Config) { c.Metrics = playback.NewMetrics(registry) })
}

// gauges are all figures without labels of their own.
func gauges(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			out[f.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return out
}

// TestNothingIsDoneForNobody looks at what a stream costs that is not watched.
func TestNothingIsDoneForNobody(t *testing.T) {
	registry := prometheus.NewRegistry()
	fragments := func() float64 { return gauges(t, registry)["hawker_playback_fragments_total"] }
	bubble(t, func(t *testing.T, g *stage) {
		if n := fragments(); n != 0 {
			t.Errorf("%v fragments before anybody watched", n)
		}
		first := g.session()
		time.Sleep(19 * time.Second)
		if g.session() != first {
			t.Error("a session has ended after 19 s without a request")
		}
		time.Sleep(21 * time.Second)
		synctest.Wait()
		made := fragments()
		time.Sleep(time.Minute)
		if got := gauges(t, registry); fragments() != made || got["hawker_playback_packaging"] != 0 || got["hawker_playback_held_bytes"] != 0 {
			t.Errorf("nobody watches, and there are %v", got)
		}
		if w := g.get(first + "stream.m3u8"); w.Code != http.StatusNotFound {
			t.Errorf("the old session: %d", w.Code)
		}
		if g.session() == first {
			t.Error("a new session has the URLs of the old one")
		}
		v := g.view()
		time.Sleep(time.Minute) // who has a feed need not ask again
		if got := gauges(t, registry); got["hawker_playback_packaging"] != 1 {
			t.Errorf("a feed is open: %v", got)
		}
		v.close()
	}, func(c *playback.Config) { c.Metrics = playback.NewMetrics(registry) })
	if n, err := testutil.GatherAndCount(registry); err != nil || n == 0 {
		t.Errorf("%d metrics, %v", n, err)
	}
}

func TestNextBroadcastHasURLsOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		first := g.session()
		g.stream.End()
		synctest.Wait()
		if w := g.get("/index.m3u8"); w.Code != http.StatusNotFound || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "not live") {
			t.Errorf("after the end: %d %s", w.Code, w.Body)
		}
		if w := g.get("/live.mp4"); w.Code != http.StatusNotFound {
			t.Errorf("the feed after the end: %d", w.Code)
		}
		if !g.now(first).end {
			t.Error("the session does not say that it has ended")
		}
		g.takeOver()
		g.play(lively.Source())
		time.Sleep(3 * time.Second)
		second := g.session()
		if second == first {
			t.Error("both broadcasts have the same URLs")
		}
		if !g.now(first).end || g.now(second).end {
			t.Error("the first session has not ended, or the second one has")
		}
		time.Sleep(time.Minute)
		if w := g.get(first + "stream.m3u8"); w.Code != http.StatusNotFound {
			t.Errorf("a minute later the first session: %d", w.Code)
		}
	})
}
