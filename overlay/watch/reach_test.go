package watch_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// unreadable lists texts whose contrast is less than WCAG AA asks for, by the
// nearest background that is a colour.
const unreadable = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = c => {
    const [r, g, b] = [...c].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const wrong = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim() !== "") || e.matches("input[placeholder]");
    if (!own || e.closest(".player, .unseen, .skip, noscript, template, [hidden]") || e.getClientRects().length === 0) continue;
    let on = e;
    while (on && rgba(getComputedStyle(on).backgroundColor)[3] < 255) on = on.parentElement;
    const [a, b] = [luminance(rgba(getComputedStyle(e).color)), luminance(rgba(getComputedStyle(on ?? document.body).backgroundColor))].sort((x, y) => y - x);
    const size = parseFloat(getComputedStyle(e).fontSize);
    if ((a + 0.05) / (b + 0.05) < (size >= 24 ? 3 : 4.5)) wrong.push(e.className + ": " + e.textContent.trim().slice(0, 40) + " " + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return wrong;
})()`

// nameless lists what a screen reader cannot name, lists that are none for it, and
// ids that are there twice.
const nameless = `(() => {
  const wrong = [];
  for (const e of document.querySelectorAll("button, a[href], input, video, [role=region], section")) {
    if (e.closest("template")) continue;
    const label = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || document.getElementById(e.getAttribute("aria-labelledby"))?.textContent || e.textContent;
    if (!label.trim() && e.localName !== "video" && !e.matches(".about")) wrong.push(e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll("ol[role], ul[role], img:not([alt]), [tabindex]:not([tabindex='0'], [tabindex='-1'])")) wrong.push(e.outerHTML.slice(0, 80));
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  for (const id of ids) if (ids.filter(other => other === id).length > 1) wrong.push("#" + id);
  if (!document.documentElement.lang || document.querySelectorAll("h1").length !== 1) wrong.push("lang or h1");
  return wrong;
})()`

// wide is empty unless one has to scroll sideways.
const wide = `document.documentElement.scrollWidth > innerWidth ? [document.documentElement.scrollWidth + " pixels"] : []`

// small lists what is too small for a finger.
const small = `[...document.querySelectorAll("main button, main a[href], main input")].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width > 0 && (r.width < 24 || r.height < 24) && !e.closest(".player, p");
}).map(e => e.outerHTML.slice(0, 80))`

// covered lists countdowns that lie under a button, beside a picture or without one.
const covered = `[...document.querySelectorAll("article")].flatMap(e => [true, false].flatMap(plain => {
  e.classList.toggle("plain", plain);
  const range = document.createRange();
  range.selectNodeContents(e.querySelector(".digits"));
  const [time, buy] = [range.getBoundingClientRect(), e.querySelector(".buy").getBoundingClientRect()];
  return time.width > 0 && time.right > buy.left && time.bottom > buy.top && time.top < buy.bottom ? [e.innerText] : [];
}))`

// astray lists links within the page to what is not to be seen.
const astray = `[...document.querySelectorAll("a[href^='#']")].filter(e => e.getClientRects().length > 0 && document.querySelector(e.hash).getClientRects().length === 0).map(e => e.outerHTML)`

// asLive has a page look as while a picture is shown, which it is not.
const asLive = `(async () => {
  const { Curtain } = await import("/watch/" + document.body.dataset.version + "/curtain.js");
  Curtain.prototype.tick = () => {};
  document.documentElement.dataset.phase = "live";
  document.querySelectorAll(".live, .sound, .controls, .edge, .pip").forEach(e => { e.hidden = false; });
})()`

// everybody fails where a page is wider than its window, or cannot be read or
// named, in any size and scheme.
func everybody(t *testing.T, tab *browser.Tab) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		tab.Scheme(scheme)
		for _, width := range []int64{320, 390, 640, 960, 1440} {
			tab.Resize(width, 800)
			for what, expression := range map[string]string{"cannot be read": unreadable, "has no name": nameless, "is too small": small, "is too wide": wide} {
				var wrong []string
				if tab.Eval(expression, &wrong); len(wrong) > 0 {
					t.Errorf("%s, at %d pixels %s: %q", scheme, width, what, wrong)
				}
			}
		}
	}
}

// TestPageIsForEverybody looks at the page in all sizes and both schemes, with
// long texts.
func TestPageIsForEverybody(t *testing.T) {
	long := strings.Repeat("Handmade forest honey and ", 3) + "Donaudampfschifffahrtsg"[:22]
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": &chatter{}}
		c.Settings = watch.Settings{
			Brand:   watch.Brand{Name: long[:60], Accent: "#ffd447", Header: "#fafafa", Links: []watch.Link{{Text: "Imprint", URL: "https://shop.example.com"}}},
			Streams: []watch.Stream{{Name: "main", Title: long, Description: long, Chat: true, StartsAt: time.Now().Add(time.Hour)}},
		}
	})
	o := honey()
	o.Title, o.CTA, o.Price, o.CompareAt = long[:100], "Get the gift set for the live!", overlay.Money{Amount: 99000000000, Currency: "VND"}, &overlay.Money{Amount: 129000000000, Currency: "VND"}
	o.Duration = 167 * time.Hour
	h.sell(o)
	o.ID, o.Duration, o.Image = "wax", 0, ""
	h.sell(o)
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelectorAll(".list article").length === 2 && document.querySelectorAll(".log li").length > 0`)
	check := func(what, expression string) {
		t.Helper()
		var wrong []string
		if tab.Eval(expression, &wrong); len(wrong) > 0 {
			t.Errorf("%s: %q", what, wrong)
		}
	}
	for _, phase := range []string{"before", "live"} {
		if phase == "live" {
			tab.Eval(asLive, nil)
		}
		for _, width := range []int64{320, 390, 768, 959, 960, 1440, 2560} {
			tab.Resize(width, 800)
			check(fmt.Sprintf("%s, at %d pixels too wide", phase, width), wide)
			check("too small", small)
			check("covered", covered)
		}
	}
	tab.Eval(`[...Array(36).keys()].forEach(i => { // names in all colours
		const name = document.querySelector('.log [data-role="viewer"] b').cloneNode(true);
		name.style.setProperty("--hue", i * 10);
		document.querySelector('.log [data-role="viewer"]').append(name);
	})`, nil)
	for _, scheme := range []string{"light", "dark"} {
		tab.Scheme(scheme)
		for _, shown := range []string{"offers", "chat"} {
			tab.Resize(390, 844)
			tab.Eval(`document.querySelector('[data-tab="`+shown+`"]').click()`, nil)
			check(scheme+", "+shown+": cannot be read", unreadable)
			check(shown+": leads nowhere", astray)
		}
		tab.Resize(1440, 900)
		check(scheme+": cannot be read", unreadable)
	}
	check("without a name", nameless)
	if problems := tab.Problems(); len(problems) != 1 { // the picture of honey
		t.Errorf("the page says %q", problems)
	}
	h.watch.Live("main", time.Now())
	h.come("").until("it is on", func(s told) bool { return s.Since > 0 })
	h.watch.Live("main", time.Time{})
	tab.Go(h.page("/main"))
	tab.Until(`document.documentElement.dataset.phase === "after" && document.querySelectorAll(".list article").length === 2`)
	everybody(t, tab)
}

// TestFullScreenIsOfferedWhereThereIsSome has the player in a frame that must not
// fill the screen, and in one that may.
func TestFullScreenIsOfferedWhereThereIsSome(t *testing.T) {
	h := open(t, nil)
	tab := browser.Start(t).Tab(t, 800, 600)
	tab.Go(h.page("/main/embed"))
	for enabled, want := range map[string]bool{"true": false, "false": true} {
		var hidden bool
		tab.Eval(`(async () => {
			const { Controls } = await import("/watch/" + document.body.dataset.version + "/controls.js");
			Object.defineProperty(document, "fullscreenEnabled", { value: `+enabled+`, configurable: true });
			new Controls({ video: document.querySelector("video"), ahead: () => 0 });
			return document.querySelector(".player .full").hidden;
		})()`, &hidden)
		if hidden != want {
			t.Errorf("with fullscreenEnabled %s the button's hidden is %v", enabled, hidden)
		}
	}
}

// TestEmbedding has the page of a shop show the picture in a frame, and another
// site try the same.
func TestEmbedding(t *testing.T) {
	h := open(t, nil)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<iframe src="`+h.page("/main/embed")+`"></iframe>`)
	}))
	defer site.Close()
	tab := browser.Start(t).Tab(t, 800, 600)
	tab.Go(site.URL)
	eventually(t, "the frame is refused", func() bool {
		return strings.Contains(strings.Join(tab.Problems(), " "), "frame-ancestors")
	})
	if got := h.audience().Viewers; got != 0 {
		t.Errorf("there are %d viewers in a frame that was refused", got)
	}
	must(t, h.watch.Apply(watch.Settings{Streams: []watch.Stream{{Name: "main", EmbedOrigins: []string{site.URL}}}}))
	tab.Go(site.URL)
	eventually(t, "the frame shows the page", func() bool { return h.audience().Viewers == 1 })
	for path, want := range map[string]bool{"/main/live.mp4": true, "/main/index.m3u8": true, "/main/events": false, "/main": false} {
		var read bool
		if tab.Eval(`fetch("`+h.page(path)+`").then(r => r.ok, () => false)`, &read); read != want {
			t.Errorf("another site reads %s: %v, want %v", path, read, want)
		}
	}
}
