package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
)

// figure finds one series, as a scrape does.
func figure(t *testing.T, s *shop, name string, labels ...string) float64 {
	t.Helper()
	families, err := s.metrics.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			match := f.GetName() == name
			for i := 0; i < len(labels); i += 2 {
				match = match && has[labels[i]] == labels[i+1]
			}
			if match {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("there is no metric %s %v", name, labels)
	return 0
}

// series counts all there are.
func series(t *testing.T, s *shop) (n int) {
	t.Helper()
	families, err := s.metrics.Gather()
	must(t, err)
	for _, f := range families {
		n += len(f.GetMetric())
	}
	return n
}

// T41: whatever strangers ask for, they make no series.
func TestStrangersMakeNoSeries(t *testing.T) {
	s := open(t, func(c *web.Config) { c.Settings.TrustedProxies = prefixes("127.0.0.0/8") })
	s.put(honey())
	before := series(t, s)
	for i := range 100 {
		from := fmt.Sprint("203.0.113.", i%250)
		s.ask("GET", fmt.Sprint("/o/honey/place", i), "X-Forwarded-For", from)
		s.ask("GET", fmt.Sprint("/o/offer", i), "X-Forwarded-For", from)
		s.ask("GET", fmt.Sprintf("/overlay/stream%d/events?key=%d", i, i), "X-Forwarded-For", from)
	}
	if grown := series(t, s) - before; grown != 1 {
		t.Errorf("%d series are new, want that of other places alone", grown)
	}
	if n := figure(t, s, "hawker_offer_clicks_total", "offer", "honey", "destination", "other"); n != 100 {
		t.Errorf("%v clicks are counted", n)
	}
}

// A shop's program that makes offers and removes them does not grow the metrics.
func TestARemovedOfferHasNoSeries(t *testing.T) {
	for name, scraped := range map[string]bool{"scraped": true, "not scraped": false} {
		t.Run(name, func(t *testing.T) {
			s := open(t, func(c *web.Config) { c.Settings.TrustedProxies = prefixes("127.0.0.0/8") })
			s.put(honey())
			s.ask("GET", "/o/honey", "X-Forwarded-For", "203.0.113.1")
			before := series(t, s)
			for i := range 200 {
				o := honey()
				o.ID = fmt.Sprint("flash", i)
				s.put(o)
				for _, place := range []string{"", "/youtube"} {
					s.ask("GET", "/o/"+o.ID+place, "X-Forwarded-For", fmt.Sprint("203.0.113.", i))
				}
				if scraped && figure(t, s, "hawker_offer_clicks_total", "offer", o.ID, "destination", "youtube") != 1 {
					t.Fatal("a click is not counted")
				}
				s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
					return state.RemoveOffer(o.ID, now)
				})
				if n := s.web.CountedOffers(); n > 100 {
					t.Fatalf("%d offers have series", n)
				}
			}
			if after := series(t, s); after != before {
				t.Errorf("%d series before, %d after", before, after)
			}
			if figure(t, s, "hawker_offer_clicks_total", "offer", "honey") != 1 {
				t.Error("an offer that is there has lost its figure")
			}
		})
	}
}
