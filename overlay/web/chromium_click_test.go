package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

func clicked(t *testing.T, b *browser.Browser) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<title>the store</title>")
	}))
	defer store.Close()
	s := open(t, func(c *web.Config) { c.Settings.Attribution = []web.Param{{"utm_source", "{destination}"}} })
	o := honey()
	o.URL = store.URL + "/honey?size=500#buy"
	s.put(o)
	description := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<a href="%s">buy</a>`, s.web.ShortLink("honey", "youtube"))
	}))
	defer description.Close()
	tab := b.Tab(t, 800, 600)
	tab.Go(description.URL)
	tab.Click("a")
	tab.Until(`document.title === "the store"`)
	var at string
	if tab.Eval(`location.href`, &at); at != store.URL+"/honey?size=500&utm_source=youtube#buy" {
		t.Errorf("it lands at %s", at)
	}
	if clicks := s.book.counted(); len(clicks) != 1 || clicks[0].Destination != "youtube" {
		t.Errorf("counted is %+v", clicks)
	}
	tab.Go(s.url + "/o/none")
	if tab.Eval(`document.querySelector("h1").textContent`, &at); at != "Not here" {
		t.Errorf("an unknown offer's page says %q", at)
	}
}

func prices(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	for _, c := range []struct {
		amount       int64
		currency     string
		locale, want string
	}{
		{1250, "EUR", "en-IE", "€12.50"}, {1250, "EUR", "de-DE", "12,50 €"}, {123456, "USD", "en-US", "$1,234.56"}, {1250, "JPY", "ja-JP", "￥1,250"},
		{12345, "KWD", "en-US", "KWD 12.345"}, {129000, "VND", "vi-VN", "129.000 ₫"}, {0, "EUR", "en-IE", "€0.00"}, {1250, "EUR", "not a locale", ""},
	} {
		var got string
		tab.Eval(fmt.Sprintf(`import(document.querySelector("script").src.replace("overlay.js", "format.js")).then(m => m.moneyText(%d, %q, %d, %q))`,
			c.amount, c.currency, overlay.MinorDigits(c.currency), c.locale), &got)
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != c.want && c.want != "" || got == "" {
			t.Errorf("%d %s in %s is %q, want %q", c.amount, c.currency, c.locale, got, c.want)
		}
	}
}
