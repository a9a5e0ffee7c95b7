package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"golang.org/x/sync/errgroup"
)

// TestSellingCostsTheMediaNothing plays the same twice: alone, and with a
// thousand offers, eight of them on air, their stock going down, and a hundred
// clicks a second.
func TestSellingCostsTheMediaNothing(t *testing.T) {
	require.Nightly(t)
	s := standAlone(t, 4*time.Minute, platforms(t, 8, relaytest.PlatformConfig{}), "")
	alone, cpuAlone := s.play(1)
	s.stock(1000)
	ctx, stop := context.WithCancel(s.ctx)
	clicked := make(chan int, 1)
	go func() { clicked <- s.shop(ctx) }()
	selling, cpuSelling := s.play(2)
	stop()
	n := <-clicked
	t.Logf("alone %v, %.2f s of CPU; selling %v, %.2f s of CPU, with %d clicks", alone, cpuAlone, selling, cpuSelling, n)
	if selling.P50 > alone.P50*6/5+time.Millisecond || selling.P99 > alone.P99*6/5+5*time.Millisecond {
		t.Errorf("latency is %v while it sells, and %v without", selling, alone)
	}
	if n < 2500 {
		t.Errorf("%d clicks in half a minute are not a hundred a second", n)
	}
	var links struct{ Links []overlay.ClickCount }
	must(t, s.client().Call(s.ctx, http.MethodGet, "/api/v1/offers/offer-0/links", nil, &links))
	counted := 0
	for _, l := range links.Links {
		counted += int(l.Clicks)
	}
	if counted != n {
		t.Errorf("%d clicks were counted of %d", counted, n)
	}
}

// play publishes for half a minute, as the nth time, and returns the latency of
// the slowest platform and the CPU that the relay took.
func (s *standalone) play(nth int) (worst relaytest.Latency, cpu float64) {
	s.t.Helper()
	before := s.cpu(s.t)
	e := relaytest.StartEncoder(s.ctx, s.t, relaytest.EncoderConfig{Target: s.target(), Source: reference(s.t, 30*time.Second).Source()})
	must(s.t, e.Wait())
	for _, p := range s.platforms {
		session, err := p.WaitSession(s.ctx, nth)
		must(s.t, err)
		must(s.t, session.WaitEnd(s.ctx))
		l, err := relaytest.Latencies(e.Sent(), session.Messages())
		must(s.t, err)
		if l.P99 > worst.P99 {
			worst = l
		}
	}
	return worst, (s.cpu(s.t) - before).Seconds()
}

func (s *standalone) client() *admin.Client {
	s.t.Helper()
	token, err := admin.ReadToken(filepath.Join(filepath.Dir(s.conf), "hawker-data"))
	must(s.t, err)
	return &admin.Client{Address: s.admin, Token: token}
}

// stock makes n offers, and starts as many as may run.
func (s *standalone) stock(n int) {
	s.t.Helper()
	c := s.client()
	for i := range n {
		body := map[string]any{"id": fmt.Sprintf("offer-%d", i), "title": "Honey", "price": overlay.Money{Amount: 1250, Currency: "EUR"},
			"url": "https://shop.example.com/honey", "stock": 1_000_000, "disclosure": "own"}
		must(s.t, c.Call(s.ctx, http.MethodPost, "/api/v1/offers", body, nil))
		if i < overlay.MaxRuns {
			must(s.t, c.Call(s.ctx, http.MethodPost, fmt.Sprintf("/api/v1/streams/main/offers/offer-%d/start", i), nil, nil))
		}
	}
}

// shop clicks a hundred times a second, and buys five times, until ctx ends. It
// returns how many clicks were answered.
func (s *standalone) shop(ctx context.Context) (clicks int) {
	click, buy := time.NewTicker(10*time.Millisecond), time.NewTicker(200*time.Millisecond)
	defer click.Stop()
	defer buy.Stop()
	c := s.client()
	var group errgroup.Group
	group.SetLimit(50)
	for i := 0; ; i++ {
		select {
		case <-click.C:
			clicks++
			group.Go(func() error { return s.click("offer-0", i) })
		case <-buy.C:
			_ = c.Call(ctx, http.MethodPost, "/api/v1/offers/offer-0/stock", map[string]int{"change": -1}, nil)
		case <-ctx.Done():
			if err := group.Wait(); err != nil {
				s.t.Errorf("a click: %v", err)
			}
			return clicks
		}
	}
}

// click follows an offer's link as the ith viewer.
func (s *standalone) click(offer string, i int) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://"+s.public+"/o/"+offer+"/d0", nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i/250%250, i%250))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		return fmt.Errorf("%s", resp.Status)
	}
	return nil
}
