package watch_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// The seller's words are in the seller's language, and the page's in English (WCAG
// 2.2, 3.1.1 and 3.1.2).
func TestWordsAreReadInTheirLanguage(t *testing.T) {
	stream := watch.Stream{Name: "main", Title: "Mật ong", Description: "Mỗi thứ Sáu", Lang: "vi", Chat: true}
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": &chatter{}}
		c.Settings = watch.Settings{Streams: []watch.Stream{stream, {Name: "second", Title: "Jam"}}}
	})
	tab := browser.Start(t).Tab(t, 1440, 900)
	speak := func(want map[string]string) {
		t.Helper()
		for selector, want := range want {
			var got string
			tab.Eval(`[...new Set([...document.querySelectorAll(`+"`"+selector+"`"+`)].map(e => e.textContent.trim() + ": " + e.closest("[lang]").lang))].join(", ")`, &got)
			if got != want {
				t.Errorf("%s is read as %q, want %q", selector, got, want)
			}
		}
	}
	o := honey()
	o.Title, o.CTA, o.Image = "Mật ong rừng", "Mua ngay", ""
	h.sell(o)
	o.ID, o.CTA = "plain", ""
	h.sell(o)
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		return s.ShowBanner("main", overlay.Banner{ID: "b", Text: "Miễn phí giao hàng"}, now)
	})
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelectorAll(".list article").length === 2 && document.querySelector(".banner") && document.querySelector(".notice").textContent`)
	speak(map[string]string{
		"title": "Mật ong: vi", "h1": "Mật ong: vi", ".headline": "Mật ong: vi", ".description": "Mỗi thứ Sáu: vi",
		"article .title": "Mật ong rừng: vi", "article .buy": "Buy now: en, Mua ngay: vi", ".banner": "Miễn phí giao hàng: vi",
		"h2": "Offers: en, Chat: en", "article .label": "Ends in: en", ".kicker": "Not live right now: en",
		".chat .notice": "Your nickname and what you write are shown to everybody and deleted after 24 hours.: en",
	})
	tab.Go(h.page("/"))
	speak(map[string]string{"title": "Shows: en", "h1": "Shows: en", "a .title": "Mật ong: vi, Jam: en"})
	tab.Go(h.page("/second"))
	speak(map[string]string{"title": "Jam: en", "h1": "Jam: en"})
	stream.Lang = `vi" onclick="x`
	if err := h.watch.Apply(watch.Settings{Streams: []watch.Stream{stream}}); err == nil {
		t.Error("a language may be anything")
	}
}
