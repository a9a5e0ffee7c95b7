package playback_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/prometheus/client_golang/prometheus"
)

// turnedOut tells whether a request was answered as those are beyond a limit: at
// once, so that a player asks again and no cache keeps it.
func turnedOut(w *httptest.ResponseRecorder) bool {
	h := w.Header()
	return w.Code == http.StatusServiceUnavailable && h.Get("Retry-After") == "1" && h.Get("Cache-Control") == "no-store" && w.Body.String() == "too many viewers\n"
}

// TestWhoWaitsForTheFirstPictureIsCounted has requests wait for a stream of which
// nothing has been made yet.
func TestWhoWaitsForTheFirstPictureIsCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, func(c *playback.Config) {
			c.MaxWaiting, c.Metrics, c.Timeline = 3, playback.NewMetrics(registry), &stuck{length: 20 * time.Second}
		})
		defer g.stop()
		g.play(lively.Source())
		time.Sleep(time.Second)
		began := time.Now()
		ctx, leave := context.WithCancel(t.Context())
		var leaving, staying sync.WaitGroup
		leaving.Go(func() { g.getIn(ctx, "/index.m3u8") })
		for _, path := range []string{"/index.m3u8", "/live.mp4"} {
			staying.Go(func() {
				if w := g.get(path); w.Code != http.StatusServiceUnavailable || time.Since(began) != 5*time.Second {
					t.Errorf("%s: %d after %v", path, w.Code, time.Since(began))
				}
			})
		}
		synctest.Wait()
		if n := gauges(t, registry)["hawker_playback_waiting_requests"]; n != 3 {
			t.Errorf("%v requests are said to wait, want 3", n)
		}
		for _, path := range []string{"/index.m3u8", "/live.mp4"} {
			if w := g.get(path); !turnedOut(w) || time.Since(began) != 0 {
				t.Errorf("the fourth, %s: %d %v %s after %v", path, w.Code, w.Header(), w.Body, time.Since(began))
			}
		}
		time.Sleep(time.Second)
		leave()
		leaving.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("who has left waits on until %v", took)
		}
		if n := gauges(t, registry)["hawker_playback_waiting_requests"]; n != 2 {
			t.Errorf("when one has left, %v requests are said to wait, want 2", n)
		}
		staying.Wait()
	})
}

// TestTooManyAreRefused has one more come than may, of both kinds, while the others
// get what they wait for.
func TestTooManyAreRefused(t *testing.T) {
	registry := prometheus.NewRegistry()
	bubble(t, func(t *testing.T, g *stage) {
		folder := g.session()
		synctest.Wait() // until all that the ring has is packaged
		segment, _ := g.now(folder).next()
		blocked := fmt.Sprintf("%sstream.m3u8?_HLS_msn=%d", folder, segment)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if w := g.get(blocked); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), fmt.Sprintf("seg-%d.m4s", segment)) {
					t.Errorf("who was there before: %d\n%s", w.Code, w.Body)
				}
			})
		}
		feeds := []*viewer{g.view(), g.view()}
		synctest.Wait()
		for range 2 {
			for _, path := range []string{blocked, "/live.mp4"} {
				if w := g.get(path); !turnedOut(w) {
					t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
				}
			}
		}
		if w := g.get(folder + "stream.m3u8"); w.Code != http.StatusOK { // it need not wait
			t.Errorf("a question that can be answered: %d", w.Code)
		}
		all.Wait()
		time.Sleep(time.Second)
		feeds[0].close()
		next := g.view()
		time.Sleep(time.Second)
		synctest.Wait()
		for _, v := range []*viewer{feeds[1], next} {
			v.close()
			samples, _ := unwrap(t, v.bytes())
			video := checkContinuous(t, samples, media.Video, 0)
			epoch, _ := g.server.Epoch()
			if behind := time.Since(epoch.Add(video[len(video)-1].dts)); behind > 100*time.Millisecond {
				t.Errorf("a feed is %v behind", behind)
			}
		}
		if got := gauges(t, registry)["hawker_playback_refused_total"]; got != 4 {
			t.Errorf("%v were refused, want 4", got)
		}
	}, func(c *playback.Config) {
		c.MaxWaiting, c.MaxFeeds, c.Metrics = 3, 2, playback.NewMetrics(registry)
	})
}
