package watch_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// viewing is a page that is watched.
type viewing struct {
	*browser.Tab
	t    testing.TB
	born float64
}

// look opens the stream's page and waits for its picture.
func (h *house) look(t testing.TB, path string) *viewing {
	t.Helper()
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go(h.page(path))
	v.Eval(probe, &v.born)
	v.plays(30)
	return v
}

// plays waits for so many more pictures.
func (v *viewing) plays(more int) {
	v.t.Helper()
	v.Eval("frames_seen.length = 0", nil)
	v.Until("frames_seen.length >= " + itoa(more))
}

func (v *viewing) frames() (all []seen) {
	v.t.Helper()
	v.Eval("frames_seen", &all)
	return all
}

// same fails when the page was loaded again.
func (v *viewing) same() {
	v.t.Helper()
	var born float64
	if v.Eval("globalThis.born ?? 0", &born); born != v.born {
		v.t.Error("the page was loaded again")
	}
}

// latencies are how old pictures were when they were shown.
func latencies(frames []seen, cameras ...*camera) (all []time.Duration) {
	for _, f := range frames {
		for _, c := range cameras {
			if at, ok := c.at(f.N); ok {
				all = append(all, time.UnixMilli(f.At).Sub(at))
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestWatch is a viewer's evening: a real encoder publishes, a real browser shows
// the page.
func TestWatch(t *testing.T) {
	clicks := make(chan string, 10)
	h := raise(t, nil, func(mux *http.ServeMux) {
		mux.HandleFunc("GET /o/{offer}/{destination}", func(w http.ResponseWriter, r *http.Request) {
			clicks <- r.PathValue("offer") + " " + r.PathValue("destination")
			http.Redirect(w, r, "/store", http.StatusFound)
		})
		mux.HandleFunc("GET /store", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("store")) })
	})
	first := h.film(t, 0)
	v := h.look(t, "/main")
	v.plays(90)

	frames := v.frames()
	delay := latencies(frames, first)
	t.Logf("%d pictures, latency: least %v, median %v, most %v", len(frames), delay[0], delay[len(delay)/2], delay[len(delay)-1])
	t.Log(v.Problems())
}
