package web_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// shown is an expression that is true when nothing moves, and the card of an
// offer is shown.
func shown(offer string) string {
	return `document.querySelector(".card:not(.leaving) .path")?.textContent === "/o/` + offer + `" && ` +
		`[...document.querySelectorAll(".card, .banner")].every(e => !e.classList.contains("leaving") && e.getAnimations().every(a => a.playState === "finished"))`
}

const empty = `!document.querySelector(".card, .banner")`

// text is what a part of the card says; empty when it cannot be seen.
func text(tab *browser.Tab, part string) (s string) {
	tab.Eval(`[...document.querySelectorAll(".card:not(.leaving) `+part+`")].filter(e => e.checkVisibility()).map(e => e.textContent).join("|")`, &s)
	return s
}

// show opens a stream's overlay, and waits until it is connected.
func (s *shop) overlay(b *browser.Browser, width, height int64, query string) *browser.Tab {
	tab := b.Tab(s.t, width, height)
	tab.Go(s.url + s.link("main", "") + query)
	tab.Until(`"connected" in document.documentElement.dataset`)
	return tab
}

// TestInChromium has one browser for all of its parts.
func TestInChromium(t *testing.T) {
	b := browser.Start(t)
	for name, part := range map[string]func(*testing.T, *browser.Browser){
		"the overlay is on air":                       onAir,
		"the overlay holds whatever is offered":       whateverIsOffered,
		"sold out is said and leaves":                 soldOut,
		"the newest comes first, and all have a turn": turns,
		"a countdown ends without the server":         countdown,
		"the overlay comes back by itself":            comesBack,
		"a link that is gone shows nothing":           gone,
		"a page is loaded again when there is one":    renews,
		"a page without a server forgets":             forgets,
		"the server's time is not put off":            clock,
		"the way to the server":                       feed,
		"a click counts once and lands in the store":  clicked,
		"prices are written as people do":             prices,
		"script in names is text":                     scripts,
		"the host says where it stands":               position,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, b)
		})
	}
}

// What the host sees in OBS, from the start of an offer to its end.
func onAir(t *testing.T, b *browser.Browser) {
	s := open(t, func(c *web.Config) { c.Settings.Images = album(t); c.Settings.URL = "https://live.example.com" })
	tabs := map[string]*browser.Tab{
		"1920x1080": s.overlay(b, 1920, 1080, "&locale=en-IE"),
		"1080x1920": s.overlay(b, 1080, 1920, "&locale=en-IE"),
		"640x360":   s.overlay(b, 640, 360, "&locale=en-IE"),
	}
	each := func(do func(t *testing.T, tab *browser.Tab)) {
		t.Helper()
		for name, tab := range tabs {
			t.Run(name, func(t *testing.T) { do(t, tab) })
		}
	}
	each(func(t *testing.T, tab *browser.Tab) {
		if img, _ := tab.Picture(); opaque(img) != (box{}) {
			t.Error("something is shown though nothing is on")
		}
	})
	s.sell(honey())
	each(func(t *testing.T, tab *browser.Tab) {
		tab.Until(shown("honey"))
		img, picture := tab.Picture()
		keep(t, "honey", img)
		safe(t, img)
		for part, want := range map[string]string{
			".title": "Forest honey, 500 g", ".price": "€12.50", ".compare": "€15.90", ".stock": "Only 3 left", ".ad": "Affiliate link – ad",
			".link": "live.example.com/o/honey", ".cta": "Buy now", ".label": "Ends in",
		} {
			if got := text(tab, part); got != want {
				t.Errorf("%s says %q, want %q", part, got, want)
			}
		}
		if img.Bounds().Dx() > 1000 { // in a smaller one a phone has to be near
			if got, want := scan(t, picture), "https://live.example.com/o/honey/overlay"; got != want {
				t.Errorf("the code says %q, want %q", got, want)
			}
		}
		first := text(tab, ".digits")
		tab.Until(`document.querySelector(".digits").textContent !== "` + first + `"`)
		if next := text(tab, ".digits"); next >= first || !strings.HasPrefix(next, "4:") {
			t.Errorf("the countdown goes from %s to %s", first, next)
		}
	})
	s.stock("honey", 42)
	each(func(t *testing.T, tab *browser.Tab) {
		tab.Until(`document.querySelector(".stock").textContent === "42 available"`)
	})
	s.end("honey")
	each(func(t *testing.T, tab *browser.Tab) {
		tab.Until(empty)
		if img, _ := tab.Picture(); opaque(img) != (box{}) {
			t.Error("something is shown after the end")
		}
		if problems := tab.Problems(); len(problems) > 0 {
			t.Errorf("the browser complains: %q", problems)
		}
	})
}

// The hard cases, to be looked at, and what must hold for them. The longest of
// all is tried always, the others by night.
func whateverIsOffered(t *testing.T, b *browser.Browser) {
	s := open(t, func(c *web.Config) { c.Settings.Images = album(t); c.Settings.URL = "https://live.example.com" })
	tabs := map[string]*browser.Tab{"1920x1080": s.overlay(b, 1920, 1080, "&locale=en-IE"), "1080x1920": s.overlay(b, 1080, 1920, "&locale=en-IE")}
	const longest = "organic-mountain-forest-honey-gift-set-of-three-jars-in-2026-abc"
	offers := map[string]func(o *overlay.Offer){
		"plain": func(o *overlay.Offer) {
			o.Image, o.Duration, o.CompareAt, o.Disclosure, o.Stock = "", 0, nil, overlay.Own, nil
		},
		"no-image":  func(o *overlay.Offer) { o.Image = "none.png" },
		"tall":      func(o *overlay.Offer) { o.Image = "tall.png"; o.Duration = 49 * time.Hour },
		"words":     func(o *overlay.Offer) { o.Image = "wide.png"; o.Title = strings.Repeat("Honig ", 16) + "2026" },
		"one-word":  func(o *overlay.Offer) { o.Title = strings.Repeat("W", 100) },
		"wide-text": func(o *overlay.Offer) { o.Title = strings.Repeat("蜂蜜", 50); o.CTA = strings.Repeat("買", 30) },
		longest: func(o *overlay.Offer) {
			o.Price = overlay.Money{Amount: overlay.MaxAmount / 2, Currency: "VND"}
			o.CompareAt = &overlay.Money{Amount: overlay.MaxAmount, Currency: "VND"}
			o.CTA, o.Duration, o.Disclosure, o.Title = "Get the gift set for the live!", 7*24*time.Hour, overlay.Sponsored, strings.Repeat("W", 100)
		},
		"soon": func(o *overlay.Offer) { o.Countdown = time.Minute },
	}
	for id, change := range offers {
		if id != longest && os.Getenv(require.Tier) != "nightly" && os.Getenv(picturesEnv) == "" {
			continue
		}
		o := honey()
		o.ID = id
		change(&o)
		s.sell(o)
		for size, tab := range tabs {
			tab.Until(shown(id))
			img, _ := tab.Picture()
			keep(t, id+"-"+size, img)
			safe(t, img)
			var over []string
			tab.Eval(`[...document.querySelectorAll(".notes, .prices, .way")].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.className)`, &over)
			if len(over) > 0 {
				t.Errorf("%s, %s: %q do not fit", id, size, over)
			}
		}
		s.end(id)
	}
	s.sell(honey())
	s.banner(overlay.Banner{ID: "b", Text: "Free shipping tonight on everything over €30 – only while we are live! And a jar of jam for all who are new."})
	for size, tab := range tabs {
		tab.Until(shown("honey") + ` && document.querySelector(".banner")`)
		img, _ := tab.Picture()
		keep(t, "banner-"+size, img)
		safe(t, img)
		if problems := fmt.Sprint(tab.Problems()); strings.Count(problems, "[") > 1 && !strings.Contains(problems, "none.png") {
			t.Errorf("the browser complains: %s", problems)
		}
	}
}

func position(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "&position=top+right&layout=vertical")
	s.sell(honey())
	tab.Until(shown("honey"))
	img, _ := tab.Picture()
	keep(t, "position", img)
	if b, size := opaque(img), img.Bounds().Size(); b.left < size.X/2 || b.bottom > size.Y/2 {
		t.Errorf("at the top right it takes %+v of %v", b, size)
	}
}
