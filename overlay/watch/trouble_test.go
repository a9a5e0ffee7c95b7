package watch_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// A page that finds no place does not know whether it is live, and says nothing
// about that.
func TestWithoutWordThePageSaysSo(t *testing.T) {
	h := open(t, nil)
	var pages []*page
	for {
		p, err := h.try("")
		if err != nil {
			break
		}
		pages = append(pages, p)
	}
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".trouble").textContent.startsWith("The connection is slow")`)
	var is struct{ Phase, Kicker string }
	tab.Eval(`({ Phase: document.documentElement.dataset.phase, Kicker: document.querySelector(".kicker").textContent })`, &is)
	if is.Phase != "loading" || is.Kicker != "" {
		t.Errorf("without word from the server the page is %+v", is)
	}
	_, png := tab.Picture()
	keep(t, "without-word", png)
	for _, p := range pages {
		p.leave()
	}
	tab.Until(`document.documentElement.dataset.phase === "before" && document.querySelector(".trouble").textContent === ""`)
}

// A picture that cannot be decoded is not asked for again and again.
func TestBrokenPictureIsLeftAlone(t *testing.T) {
	var asked atomic.Int64
	h := open(t, func(c *watch.Config) {
		c.Media = func(string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", `video/mp4; codecs="avc1.42E01E"`)
				_, _ = io.WriteString(w, "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x10moovnonsense")
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
		}
	})
	h.watch.Live("main", time.Now())
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".trouble").textContent.startsWith("This browser cannot play the show")`)
	tab.Eval(`new Promise(done => setTimeout(done, 2000))`, nil)
	if got := asked.Load(); got != 3 {
		t.Errorf("a picture that cannot be decoded was asked for %d times", got)
	}
	if got := strings.Join(tab.Problems(), " "); strings.Contains(got, "Uncaught") {
		t.Errorf("the page says %s", got)
	}
}

// Single keys are for the player only where it has the focus (WCAG 2.1.4).
func TestKeysAreForThePlayer(t *testing.T) {
	h := open(t, nil)
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.documentElement.dataset.phase === "before"`)
	var muted []bool
	tab.Eval(`["body", ".offers", ".play"].map(where => {
		document.querySelector(".controls").hidden = false;
		document.querySelector("video").muted = true;
		document.querySelector(where).dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true, cancelable: true }));
		return document.querySelector("video").muted;
	})`, &muted)
	if len(muted) != 3 || !muted[0] || !muted[1] || muted[2] {
		t.Errorf("with the focus on the page, the offers and the player, m leaves it muted: %v", muted)
	}
}

// WebKit on Linux stands still when the rate changes: there the page is level, and
// jumps when it is far behind. Others play faster.
func TestRateIsLeftAloneWhereItHurts(t *testing.T) {
	h := raise(t, nil)
	h.film(t, 0)
	b := browser.Start(t)
	for agent, steers := range map[string]bool{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15":                 false,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15": true,
	} {
		v := &viewing{Tab: b.Tab(t, 1440, 900), t: t}
		v.Agent(agent)
		v.Go(h.page("/main"))
		v.Eval(probe, &v.born)
		v.Until(`document.querySelector("video").currentTime - document.querySelector("video").buffered.start(0) > 3`) // enough to go back
		v.Eval(`(() => {
			const video = document.querySelector("video");
			globalThis.seeks = 0;
			globalThis.rates = 0;
			video.addEventListener("seeking", () => seeks++);
			video.addEventListener("ratechange", () => rates++);
			video.currentTime -= 2.5;
		})()`, nil)
		if steers {
			v.Until("rates > 0")
		} else {
			v.Until("seeks > 1") // its own, after the one above
			v.plays(30)
		}
		if got := v.number("rates"); !steers && got != 0 {
			t.Errorf("%s: the rate changed %v times", agent, got)
		}
	}
}

// A player whose media source does not open, or is closed by the browser, tries
// another one: here the first two never open.
func TestSourceThatNeverOpensIsLeft(t *testing.T) {
	h := raise(t, nil)
	h.film(t, 0)
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go(h.page("/main"))
	v.Until(`document.documentElement.dataset.phase === "live"`)
	v.Eval(`(async () => {
		const { Feed } = await import("/watch/" + document.body.dataset.version + "/feed.js");
		const old = document.querySelector("video");
		const video = document.createElement("video");
		video.muted = true;
		old.replaceWith(video);
		globalThis.sources = 0;
		class Source extends MediaSource {
			number = ++sources;
			addEventListener(what, ...more) {
				if (what !== "sourceopen" || this.number > 2) super.addEventListener(what, ...more);
			}
		}
		globalThis.feed = new Feed(video, "/main/live.mp4", Source);
		feed.go();
	})()`, nil)
	v.Eval(probe, &v.born)
	v.Until(`sources === 1`)
	v.Eval(`document.querySelector("video").dispatchEvent(new Event("error"))`, nil) // closes it
	v.Until(`sources === 2`)
	v.plays(30)
	var used int
	if v.Eval(`sources`, &used); used != 3 {
		t.Errorf("it took %d sources", used)
	}
	v.Eval(`(() => { const video = document.querySelector("video"); video.removeAttribute("src"); video.load(); })()`, nil) // closes the third
	v.Until(`sources === 4`)
	v.plays(30)
	if problems := strings.Join(v.Problems(), " "); strings.Contains(problems, "Uncaught") {
		t.Errorf("the page says %s", problems)
	}
}
