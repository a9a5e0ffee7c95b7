package watch_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// listed are the pages to which an answer leads, with their titles.
var listed = regexp.MustCompile(`<li><a href="([^"]*)">(?:.*)<span class="title"[^>]*>([^<]*)</span>`)

// Who knows the host alone gets to the only page, or to a list of all.
func TestFrontDoor(t *testing.T) {
	h := open(t, nil)
	apply := func(streams ...watch.Stream) {
		t.Helper()
		must(t, h.watch.Apply(watch.Settings{Brand: watch.Brand{Name: "Lan’s Kitchen"}, Streams: streams}))
	}
	apply()
	if r := h.get("GET", "/"); r.StatusCode != http.StatusNotFound || !strings.Contains(r.Body, "Nothing to see here") {
		t.Errorf("without pages / is answered %d %s", r.StatusCode, r.Body)
	}
	apply(watch.Stream{Name: "main", Title: "Autumn tasting"})
	for _, method := range []string{"GET", "HEAD"} {
		r := h.get(method, "/?x=//evil.example", "X-Forwarded-Host: evil.example")
		if r.StatusCode != http.StatusFound || r.Header.Get("Location") != "/main" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s / with one page is answered %d %v", method, r.StatusCode, r.Header)
		}
	}
	apply(watch.Stream{Name: "second", Title: "Honey & jam"}, watch.Stream{Name: "main"}, watch.Stream{Name: "a-b"})
	r := h.get("GET", "/")
	var got []string
	for _, one := range listed.FindAllStringSubmatch(r.Body, -1) {
		got = append(got, one[1]+" "+one[2])
	}
	if want := "/second Honey &amp; jam, /main main, /a-b a-b"; r.StatusCode != http.StatusOK || strings.Join(got, ", ") != want {
		t.Errorf("/ is answered %d and leads to %q, want %q", r.StatusCode, got, want)
	}
	if r.Header.Get("Cache-Control") != "no-cache" || !strings.Contains(r.Body, `<title lang="en">Shows · Lan’s Kitchen</title>`) {
		t.Errorf("/ is answered %v %s", r.Header, r.Body)
	}
	for method, want := range map[string]int{"HEAD": 200, "POST": 404, "OPTIONS": 404} {
		if r := h.get(method, "/", "Content-Length: 0"); r.StatusCode != want {
			t.Errorf("%s / is answered %d, want %d", method, r.StatusCode, want)
		}
	}
}

// The list says what is on, and can be read and used by everybody.
func TestListOfPages(t *testing.T) {
	long := strings.Repeat("Handmade forest honey and ", 3) + "Donaudampfschifffahrtsg"[:22]
	h := open(t, nil)
	must(t, h.watch.Apply(watch.Settings{
		Brand:   watch.Brand{Name: long[:60], Accent: "#ffd447", Header: "#fafafa", Links: []watch.Link{{Text: "Imprint", URL: "https://shop.example.com"}}},
		Streams: []watch.Stream{{Name: "main", Title: long}, {Name: "other", Title: "Tea"}},
	}))
	h.watch.Live("other", time.Now())
	tab := browser.Start(t).Tab(t, 1440, 900)
	eventually(t, "it is on", func() bool { return strings.Contains(h.get("GET", "/").Body, `class="live"`) })
	tab.Go(h.page("/"))
	var live []string
	if tab.Eval(`[...document.querySelectorAll(".live")].map(e => e.closest("a").pathname)`, &live); len(live) != 1 || live[0] != "/other" {
		t.Errorf("on are %q", live)
	}
	everybody(t, tab)
	tab.Click(`a[href="/other"]`)
	tab.Until(`location.pathname === "/other"`)
	if problems := tab.Problems(); len(problems) > 0 {
		t.Errorf("the page says %q", problems)
	}
}
