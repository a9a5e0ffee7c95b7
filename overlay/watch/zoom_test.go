package watch_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// cutOff lists texts and buttons of which a part is cut off and cannot be scrolled to.
const cutOff = `(() => {
  const cut = (rect, from) => {
    if (rect.top + scrollY < -1 || rect.left + scrollX < -1) return true;
    for (let e = from; e && e !== document.body; e = e.parentElement) {
      const { overflowX, overflowY, clipPath } = getComputedStyle(e);
      if (clipPath !== "none" || /auto|scroll/.test(overflowX + overflowY)) return false; // for screen readers, or can be scrolled
      const box = e.getBoundingClientRect();
      if (overflowX !== "visible" && (rect.left < box.left - 1 || rect.right > box.right + 1)) return true;
      if (overflowY !== "visible" && (rect.top < box.top - 1 || rect.bottom > box.bottom + 1)) return true;
    }
    return false;
  };
  const wrong = [];
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("template, noscript, .skip") || !e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.matches(".deal .title") && (document.documentElement.dataset.tab === "chat" || document.querySelector(".list .title")?.checkVisibility())) continue; // the list has it
    const range = document.createRange();
    for (const n of e.childNodes) {
      if (n.nodeType !== 3 || n.textContent.trim() === "") continue;
      range.selectNodeContents(n);
      if ([...range.getClientRects()].some(r => r.width > 0 && cut(r, e))) wrong.push(e.className + ": " + n.textContent.trim());
    }
    if (e.matches("button, input") && cut(e.getBoundingClientRect(), e.parentElement)) wrong.push(e.outerHTML.slice(0, 60));
  }
  return wrong;
})()`

// hanging is what hangs over the page and leaves less than a quarter of the window for
// all that scrolls.
const hanging = `(() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const height = [...document.querySelectorAll(".player, .stage")].filter(e => getComputedStyle(e).position === "sticky")
    .reduce((most, e) => Math.max(most, e.getBoundingClientRect().bottom), 0);
  scrollTo(0, 0);
  return height > innerHeight * 3 / 4 ? [height + " of " + innerHeight + " pixels"] : [];
})()`

// outside is an offer in the picture that sticks out of it, or lies under something.
const outside = `(() => {
  const deal = document.querySelector(".deal");
  if (!deal.checkVisibility() || getComputedStyle(deal).position !== "absolute") return [];
  const title = deal.querySelector(".title").getBoundingClientRect();
  const top = document.elementFromPoint(title.left + 5, title.top + 5);
  const over = document.querySelector(".stage").getBoundingClientRect().top - deal.getBoundingClientRect().top;
  return over > 1 || !deal.contains(top) ? [over + " pixels out; above it is " + top?.outerHTML.slice(0, 60)] : [];
})()`

// TestZoomedPageIsWhole looks at the page at 200 and 400 % of a window of 1280x800,
// and on phones, with texts as long as they may be: nothing is cut off, covers the
// rest, or has to be scrolled to sideways (WCAG 2.2, 1.4.4 and 1.4.10).
func TestZoomedPageIsWhole(t *testing.T) {
	long := strings.Repeat("Handmade forest honey and ", 3) + "Donaudampfschifffahrtsg"[:22]
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": &chatter{}}
		c.Settings = watch.Settings{
			Brand:   watch.Brand{Name: long[:60], Links: []watch.Link{{Text: "Imprint", URL: "https://shop.example.com"}}},
			Streams: []watch.Stream{{Name: "main", Title: long, Description: long, Chat: true, StartsAt: time.Now().Add(167 * time.Hour)}},
		}
	})
	o := honey()
	o.Title, o.CTA, o.Price, o.CompareAt = long[:100], "Get the gift set for the live!", overlay.Money{Amount: 99000000000, Currency: "VND"}, &overlay.Money{Amount: 129000000000, Currency: "VND"}
	o.Duration, o.Image = 167*time.Hour, ""
	h.sell(o)
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		return s.ShowBanner("main", overlay.Banner{ID: "b", Text: long}, now)
	})
	tab := browser.Start(t).Tab(t, 1280, 800)
	check := func(where string) {
		t.Helper()
		for what, expression := range map[string]string{"too wide": wide, "cut off": cutOff, "in the way": hanging, "out of the picture": outside} {
			var wrong []string
			if tab.Eval(expression, &wrong); len(wrong) > 0 {
				t.Errorf("%s: %s: %q", where, what, wrong)
			}
		}
	}
	phase := func(name string, sizes ...[2]int64) {
		t.Helper()
		tab.Until(`document.documentElement.dataset.phase === "` + name + `"`)
		for _, size := range sizes {
			tab.Resize(size[0], size[1])
			for _, shown := range []string{"offers", "chat"} {
				tab.Eval(`document.querySelector('[data-tab="`+shown+`"]')?.click()`, nil)
				check(fmt.Sprint(name, ", ", size, ", ", shown))
			}
		}
	}
	sizes := [][2]int64{{640, 400}, {320, 256}, {320, 568}, {390, 844}, {844, 390}, {960, 600}, {1440, 900}}
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".list article") && document.querySelectorAll(".log li").length > 0`)
	phase("before", sizes...)
	tab.Eval(asLive, nil)
	phase("live", sizes...)
	h.watch.Live("main", time.Now())
	h.come("").until("it is on", func(s told) bool { return s.Since > 0 })
	h.watch.Live("main", time.Time{})
	tab.Go(h.page("/main"))
	phase("after", sizes...)
	frames := [][2]int64{{640, 360}, {320, 570}, {480, 270}, {320, 180}}
	tab.Go(h.page("/main/embed"))
	phase("after", frames...)
	tab.Eval(asLive, nil)
	phase("live", frames...)
	h.stock("honey", 0)
	tab.Until(`document.querySelector('.deal article[data-phase="over"] .digits')?.checkVisibility()`) // at the smallest, too
	for _, p := range tab.Problems() {
		if !strings.Contains(p, "live.mp4") {
			t.Error(p)
		}
	}
}

// region is the part of the page that has the focus, and what of it: "" when nobody
// can see it.
const region = `(() => {
  const e = document.activeElement;
  if (e === document.body || e === globalThis.first) return "page";
  globalThis.first ??= e;
  const part = e.closest(".skip, .player, .deal, .tabs, .offers, .chat, .foot");
  const r = e.getBoundingClientRect();
  const seen = [0.5, 0.1, 0.9].some(y => e.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height * y)));
  return (seen ? "" : "unseen ") + part.classList[0];
})()`

// TestKeyboardGoesInReadingOrder goes through the page of a show by keyboard, there
// and back: what has the focus is in sight each time (WCAG 2.2, 2.4.3 and 2.4.11).
func TestKeyboardGoesInReadingOrder(t *testing.T) {
	h := raise(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": &chatter{}}
		c.Settings.Streams[0].Chat = true
		c.Settings.Streams[0].Description = strings.Repeat("Three evenings a week. ", 20)
		c.Settings.Brand.Links = []watch.Link{{Text: "Imprint", URL: "https://shop.example.com"}}
	})
	h.film(t, 0)
	for _, id := range []string{"jam", "soap", "tea", "wax", "honey"} {
		o := honey()
		o.ID, o.Image = id, ""
		h.sell(o)
	}
	tab := browser.Start(t).Tab(t, 1440, 900)
	for _, c := range []struct {
		size  [2]int64
		shown string
		want  string
	}{
		{[2]int64{1440, 900}, "offers", "skip player deal offers chat foot"},
		{[2]int64{640, 400}, "offers", "skip player deal tabs offers foot"},
		{[2]int64{390, 844}, "offers", "skip player deal tabs offers foot"},
		{[2]int64{390, 844}, "chat", "player deal tabs chat foot"},
	} {
		tab.Resize(c.size[0], c.size[1])
		tab.Go(h.page("/main"))
		tab.Until(`document.documentElement.dataset.phase === "live" && document.querySelector(".deal article") && document.querySelectorAll(".list article").length === 5`)
		tab.Eval(`document.querySelector('[data-tab="`+c.shown+`"]').click()`, nil)
		walk := func(back bool) (regions []string) {
			tab.Eval(`(document.activeElement.blur(), globalThis.first = null)`, nil)
			for range 60 {
				var at string
				tab.Press("\t", back)
				tab.Eval(drawnThen(region), &at)
				if at == "page" { // it has come round
					break
				}
				if n := len(regions); n == 0 || regions[n-1] != at {
					regions = append(regions, at)
				}
			}
			return regions
		}
		if got := strings.Join(walk(false), " "); got != c.want {
			t.Errorf("at %v with %s the keyboard goes %q, want %q", c.size, c.shown, got, c.want)
		}
		back := walk(true)
		slices.Reverse(back)
		if got := strings.Join(back, " "); got != c.want {
			t.Errorf("at %v with %s the keyboard comes back %q, want %q", c.size, c.shown, got, c.want)
		}
	}
}

// drawnThen is an expression once the page has been drawn.
func drawnThen(expression string) string {
	return `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(` + expression + `))))`
}
