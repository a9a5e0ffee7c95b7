package watch_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// promised is how old pictures are at most when they are shown, on a quiet
// machine; noise is what a busy one and the race detector may add.
const (
	promised = 1500 * time.Millisecond
	noise    = 2 * time.Second
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
	v.Until("frames_seen.length >= " + strconv.Itoa(more))
}

// shows waits for pictures that a camera has taken.
func (v *viewing) shows(first int) {
	v.t.Helper()
	v.Until("frames_seen.some(f => f.N > " + strconv.Itoa(first) + ")")
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

// latency is how old most pictures were when they were shown.
func (v *viewing) latency(c *camera) time.Duration {
	v.t.Helper()
	var all []time.Duration
	frames := v.frames()
	for _, f := range frames {
		if at, ok := c.at(f.N); ok {
			all = append(all, time.UnixMilli(f.At).Sub(at))
		}
	}
	if len(all) < len(frames)*9/10 || len(all) == 0 {
		v.t.Fatalf("of %d pictures the camera took %d", len(frames), len(all))
	}
	slices.Sort(all)
	v.t.Logf("latency of %d pictures: least %v, median %v, most %v", len(all), all[0], all[len(all)/2], all[len(all)-1])
	return all[len(all)/2]
}

func (v *viewing) number(expression string) (n float64) {
	v.t.Helper()
	v.Eval(expression, &n)
	return n
}

// TestWatch is a viewer's evening: a real encoder publishes, a real browser shows
// the page.
func TestWatch(t *testing.T) {
	visits := make(chan string, 10)
	store := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/honey" {
			visits <- r.URL.RequestURI()
		}
	}))
	defer store.Close()
	h := raise(t, nil)
	const second = 5000 // number of the second camera's first picture
	first := h.film(t, 0)
	v := h.look(t, "/main")

	v.plays(60)
	if got := v.latency(first); got > promised+noise {
		t.Errorf("pictures are %v old when they are shown", got)
	}
	if v.number("document.querySelector('video').webkitAudioDecodedByteCount") == 0 {
		t.Error("no sound was decoded")
	}
	sound := v.number(`Number(document.querySelector("video").muted)`)
	v.Click(".sound")
	v.Until(`!document.querySelector("video").muted && document.querySelector(".sound").hidden`)
	if sound != 1 {
		t.Error("there was sound before it was asked for")
	}

	offer := honey()
	offer.URL, offer.Image = store.URL+"/honey?size=500", ""
	run := h.sell(offer)
	v.Until(`frames_seen.at(-1).Run === ` + strconv.FormatUint(run.ID, 10))
	v.onTime(run.ID, run.Media)
	v.Click(".deal .buy")
	if got := <-visits; got != "/honey?size=500" {
		t.Errorf("the click led to %s", got)
	}
	if got := h.book.counted(); len(got) != 1 || got[0].Offer != "honey" || got[0].Destination != "watch" {
		t.Errorf("the click counts as %+v", got)
	}
	v.Front() // the store has opened another tab
	// The encoder is lost, and comes back: the picture stands still, and goes on.
	first.cut()
	v.plays(1)
	back := h.film(t, second)
	v.shows(second + 30)
	v.plays(30)
	if got := v.latency(back); got > promised+noise {
		t.Errorf("after the drop pictures are %v old", got)
	}
	v.same()

	// The program is started anew, and the encoder comes back.
	h.stop()
	back.cut()
	h.broadcasts()
	again := h.film(t, 2*second)
	v.shows(2*second + 30)
	v.plays(60)
	if got := v.latency(again); got > promised+noise {
		t.Errorf("after a restart pictures are %v old", got)
	}
	v.Until(`document.querySelector(".deal article .title").textContent.includes("Forest honey")`)
	v.same()
	if got := h.audience().Viewers; got != 1 {
		t.Errorf("there are %d viewers, want 1", got)
	}
	for _, p := range v.Problems() {
		if !strings.Contains(p, "Failed to load resource") && !strings.Contains(p, "net::ERR") {
			t.Error(p)
		}
	}
}

// onTime fails unless the run came into sight with the picture that it belongs
// to, or the next one that was shown.
func (v *viewing) onTime(run uint64, media int64) {
	v.t.Helper()
	frames := v.frames()
	due := slices.IndexFunc(frames, func(f seen) bool { return f.Media >= float64(media)-1 })
	came := slices.IndexFunc(frames, func(f seen) bool { return f.Run == run })
	if due < 0 || came < 0 {
		v.t.Fatalf("of pictures %d is due, and %d has the offer", due, came)
	}
	v.t.Logf("the offer belongs to %d ms, and was in sight at %.0f ms", media, frames[came].Media)
	if came < due || came > due+1 {
		v.t.Errorf("it was due with the picture at %.0f ms, which is %d pictures off", frames[due].Media, came-due)
	}
}

// TestPromisedLatency watches for a while on a machine that has nothing else to
// do.
func TestPromisedLatency(t *testing.T) {
	require.Nightly(t)
	h := raise(t, nil)
	c := h.film(t, 0)
	v := h.look(t, "/main")
	v.plays(300)
	v.plays(300)
	if got := v.latency(c); got > promised {
		t.Errorf("pictures are %v old when they are shown, and %v are promised", got, promised)
	}
}
