package watch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// tape is one recorded show, as a shelf of recordings serves it.
type tape struct {
	file    string
	started time.Time
}

const tapeDate = "2026-03-01T19-30-05Z"

func (r *tape) summary() map[string]any {
	return map[string]any{"date": tapeDate, "started": r.started, "duration_ms": 3000, "playable": true}
}

func (r *tape) ServeShows(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"shows": []any{r.summary()}})
}

func (r *tape) ServeShow(w http.ResponseWriter, q *http.Request) {
	if q.PathValue("date") != tapeDate+".json" {
		http.NotFound(w, q)
		return
	}
	show := r.summary()
	show["parts"] = []any{map[string]any{"file": tapeDate + ".mp4", "started": r.started, "duration_ms": 3000}}
	_ = json.NewEncoder(w).Encode(show)
}

func (r *tape) ServePart(w http.ResponseWriter, q *http.Request) { http.ServeFile(w, q, r.file) }

// Span implements watch.Replays.
func (r *tape) Span(stream, date string) (watch.Span, bool) {
	if stream != "main" || !strings.HasPrefix(tapeDate, date) {
		return watch.Span{}, false
	}
	return watch.Span{From: r.started, To: r.started.Add(3 * time.Second)}, true
}

// logged is the book as a log.
type logged struct {
	events []overlay.Event
	asked  atomic.Int64
}

func (l *logged) Mark(context.Context, string, time.Time) (overlay.Mark, error) {
	l.asked.Add(1)
	return overlay.Mark{}, nil
}

func (l *logged) Events(_ context.Context, q overlay.LogQuery) ([]overlay.Event, error) {
	l.asked.Add(1)
	var out []overlay.Event
	for _, e := range l.events {
		if e.Seq > q.After && e.Stream == q.Stream && len(out) < 2 { // pages of two
			out = append(out, e)
		}
	}
	return out, nil
}

// rerun opens a house with a recorded show in which the honey was on offer from
// its first second to its second.
func rerun(t *testing.T, file string) (*house, *logged) {
	t.Helper()
	began := time.Date(2026, 3, 1, 19, 30, 5, 0, time.UTC)
	o, soap := honey(), honey()
	soap.ID, soap.Title = "soap", "Lavender soap"
	log := &logged{events: []overlay.Event{
		{Seq: 1, At: began.Add(-time.Hour), Type: overlay.OfferStarted, Stream: "main", ID: "soap", Run: 1, Offer: &soap},
		{Seq: 2, At: began.Add(-time.Minute), Type: overlay.OfferEnded, Stream: "main", ID: "soap", Run: 1},
		{Seq: 3, At: began, Type: overlay.StreamLive, Stream: "main"},
		{Seq: 4, At: began.Add(time.Second), Type: overlay.OfferStarted, Stream: "main", ID: "honey", Run: 4, Offer: &o, Ends: began.Add(2 * time.Second)},
		{Seq: 5, At: began.Add(time.Second), Type: overlay.OfferStarted, Stream: "other", ID: "honey", Run: 5, Offer: &o},
		{Seq: 6, At: began.Add(2 * time.Second), Type: overlay.OfferEnded, Stream: "main", ID: "honey", Run: 4},
		{Seq: 7, At: began.Add(4 * time.Second), Type: overlay.OfferStarted, Stream: "main", ID: "honey", Run: 7, Offer: &o},
	}}
	return open(t, func(c *watch.Config) {
		c.Replays, c.Log = &tape{file, began}, log
		c.Settings.Streams[0].Replay = true
	}), log
}

func TestStoryOfAShow(t *testing.T) {
	h, log := rerun(t, "")
	var story struct {
		Changes []struct {
			At     int64
			Offers []struct{ ID, Link string }
		}
	}
	must(t, json.Unmarshal([]byte(h.get("GET", "/main/replay/"+tapeDate+"/offers.json").Body), &story))
	began := time.Date(2026, 3, 1, 19, 30, 5, 0, time.UTC).UnixMilli()
	if c := story.Changes; len(c) != 3 || len(c[0].Offers) != 0 || c[1].At != began+1000 || len(c[1].Offers) != 1 || c[1].Offers[0].Link != "/o/honey/watch" || c[2].At != began+2000 || len(c[2].Offers) != 0 {
		t.Errorf("the story is %+v", c)
	}
	asked := log.asked.Load()
	for path, want := range map[string]int{
		"/main/replay/" + tapeDate + "/offers.json": 200, "/main/replay/2026-03-01/offers.json": 200, // known by now
		"/main/replay/2026-03-02/offers.json": 404, "/main/replay/2026-03-01T19-30-06Z/offers.json": 404, "/main/replay/1970-01-01/offers.json": 404,
		"/main/replay": 200, "/main/replay/" + tapeDate: 200, "/main/replay/2026-03-01": 200, "/main/replay/shows.json": 200, "/main/replay/" + tapeDate + ".json": 200,
		"/main/replay/yesterday": 404, "/main/replay/nothing.json": 404, "/main/replay/x/offers.json": 404, "/other/replay": 404, "/nobody/replay": 404,
		"/main/replay/" + tapeDate + "/x/y": 404,
	} {
		if got := h.get("GET", path); got.StatusCode != want || got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is answered %d, want %d", path, got.StatusCode, want)
		}
	}
	if more := log.asked.Load() - asked; more > 0 {
		t.Errorf("the log was asked %d times for what is known, and what never was", more)
	}
}

// TestReplay has a browser play a recording: the offer is there while it was.
func TestReplay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "show.mp4")
	out, err := exec.Command(require.Program(t, "ffmpeg"), "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-t", "3",
		"-pix_fmt", "yuv420p", "-g", "30", "-movflags", "frag_keyframe+empty_moov", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h, _ := rerun(t, file)
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main/replay"))
	tab.Until(`document.querySelectorAll(".shows li a").length === 1`)
	everybody(t, tab)
	tab.Click(".shows li a")
	tab.Until(`location.pathname.endsWith("` + tapeDate + `") && document.querySelector("video")?.readyState >= 2`)
	tab.Eval(`(() => {
		const video = document.querySelector("video");
		globalThis.seen = [];
		const step = (_, frame) => {
			seen.push({ at: frame.mediaTime, on: Boolean(document.querySelector(".deal article")) });
			video.requestVideoFrameCallback(step);
		};
		video.requestVideoFrameCallback(step);
		video.muted = true;
		video.play();
	})()`, nil)
	tab.Until(`document.querySelector(".deal article .buy")?.textContent === "See in the shop" && document.querySelector(".deal .time").hidden && document.querySelector(".deal .stock").hidden`)
	tab.Until(`document.querySelector("video").ended`)
	var frames []struct {
		At float64
		On bool
	}
	tab.Eval("seen", &frames)
	wrong := 0
	for _, f := range frames {
		if want := f.At >= 1 && f.At < 2; f.On != want {
			wrong++
		}
	}
	if wrong > 3 || len(frames) < 30 { // at either edge one picture may be told before the page follows
		t.Errorf("of %d pictures %d show what they should not", len(frames), wrong)
	}
	if problems := strings.Join(tab.Problems(), "; "); strings.Contains(problems, "Policy") {
		t.Error(problems)
	}
	_, picture := tab.Picture()
	keep(t, "10-replay", picture)
	everybody(t, tab)
	tab.Resize(390, 500)
	tab.Eval(`(() => { document.querySelector("video").currentTime = 1.5; })()`, nil)
	tab.Until(`document.querySelector(".deal .buy")`)
	var seen bool // not under the picture, which stays on top
	tab.Eval(`(() => {
		scrollTo(0, document.documentElement.scrollHeight);
		const link = document.querySelector(".deal .buy");
		link.focus();
		const { left, top } = link.getBoundingClientRect();
		return link.contains(document.elementFromPoint(left + 20, top + 20));
	})()`, &seen)
	if !seen {
		t.Error("what has the focus cannot be seen")
	}
}
