package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

func testClicks(t *testing.T, c store.Config) {
	s := open(t, c)
	stop := run(t, s)
	for i, test := range []struct {
		click overlay.Click
		first bool
	}{
		{click("honey", "twitch", "anna", noon), true},
		{click("honey", "twitch", "anna", noon), false},
		{click("honey", "youtube", "anna", noon), false}, // the same offer elsewhere
		{click("honey", "", "ben", noon), true},
		{click("wax", "twitch", "anna", noon), true},
		{click("wax", "twitch", "", noon), true},
	} {
		first, err := s.Click(t.Context(), test.click)
		must(t, err)
		if first != test.first {
			t.Errorf("click %d is a first: %v", i, first)
		}
	}
	stop()
	must(t, s.Close())
	s = open(t, c)
	honey := []overlay.ClickCount{
		{Offer: "honey", Destination: "", Clicks: 1, Visitors: 1},
		{Offer: "honey", Destination: "twitch", Clicks: 2, Visitors: 1},
		{Offer: "honey", Destination: "youtube", Clicks: 1},
	}
	got, err := s.Clicks(t.Context(), "honey")
	must(t, err)
	same(t, got, honey)
	got, err = s.Clicks(t.Context(), "")
	must(t, err)
	same(t, got, append(honey, overlay.ClickCount{Offer: "wax", Destination: "twitch", Clicks: 2, Visitors: 2}))
	rows, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_clicks WHERE at = 4928040000123")
	must(t, err)
	same(t, rows, int64(6))
}

func testVisitors(t *testing.T, c store.Config) {
	midnight := time.Date(2126, 3, 2, 0, 0, 0, 0, time.UTC)
	s := open(t, c)
	stop := run(t, s)
	click1 := func(at time.Time) bool {
		first, err := s.Click(t.Context(), click("honey", "twitch", "192.0.2.1 Browser", at))
		must(t, err)
		return first
	}
	same(t, click1(midnight.Add(-time.Hour)), true)
	stop()
	must(t, s.Close())
	s = open(t, c) // the salt is still there
	run(t, s)
	same(t, click1(midnight.Add(-time.Millisecond)), false)
	same(t, click1(midnight), true)
	same(t, click1(midnight.In(time.FixedZone("", 7*3600)).Add(time.Second)), false)
}

func testBurst(t *testing.T, c store.Config) {
	s := open(t, c)
	run(t, s)
	began := time.Now()
	var firsts atomic.Int64
	var group sync.WaitGroup
	for i := range 1000 {
		group.Go(func() {
			first, err := s.Click(limited(t), click(fmt.Sprintf("offer-%d", i%7), "twitch", fmt.Sprint(i/14), noon))
			if err != nil {
				t.Errorf("click %d: %v", i, err)
			}
			if first {
				firsts.Add(1)
			}
		})
	}
	group.Wait()
	t.Logf("1,000 clicks at once took %v", time.Since(began))
	counts, err := s.Clicks(t.Context(), "")
	must(t, err)
	var clicks, visitors int64
	for _, n := range counts {
		clicks, visitors = clicks+n.Clicks, visitors+n.Visitors
	}
	same(t, clicks, int64(1000))
	same(t, visitors, firsts.Load())
	same(t, visitors, int64(7*71+6)) // 72 visitors, of whom the last one made but 6 clicks
}

func testBadClicks(t *testing.T, c store.Config) {
	s := open(t, c)
	run(t, s)
	for name, bad := range map[string]overlay.Click{
		"zero byte":    click("a\x00", "b", "v", noon),
		"not UTF-8":    click("a", "b\xff", "v", noon),
		"too long":     click("a", strings.Repeat("x", 201), "v", noon),
		"offer's name": click(strings.Repeat("x", 201), "b", "v", noon),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Click(t.Context(), bad)
			says(t, err, "count a click: the ", "must be at most 200 bytes of text")
		})
	}
	// What a visitor says of itself may be anything.
	_, err := s.Click(t.Context(), click("'); DROP TABLE hawker_clicks; --", "b", "\x00\xff"+strings.Repeat("x", 1<<20), noon))
	must(t, err)
}

func testBusy(t *testing.T, c store.Config) {
	s := open(t, c) // and nothing runs
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	busy := make(chan struct{}, 5000)
	for range 4096 + 100 {
		group.Go(func() {
			_, err := s.Click(ctx, click("a", "b", "v", noon))
			if errors.Is(err, store.ErrBusy) {
				busy <- struct{}{}
			}
		})
	}
	for range 100 {
		select {
		case <-busy:
		case <-limited(t).Done():
			t.Fatal("nobody is turned away")
		}
	}
	cancel()
	group.Wait()
	same(t, len(busy), 0)
}

func testClicksAtEnd(t *testing.T, c store.Config) {
	s := open(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3001 { // more than one transaction takes; they wait still when Run begins
		_, err := s.Click(ctx, click("a", "b", "v", noon))
		isError(t, err, context.Canceled)
	}
	must(t, s.Run(ctx))
	_, err := s.Click(t.Context(), click("a", "b", "v", noon))
	isError(t, err, store.ErrEnded)
	counts, err := s.Clicks(t.Context(), "")
	must(t, err)
	same(t, counts, []overlay.ClickCount{{Offer: "a", Destination: "b", Clicks: 3001, Visitors: 1}})
}

func testPrune(t *testing.T, c store.Config) {
	s := open(t, c)
	run(t, s)
	for _, at := range []time.Time{noon.AddDate(0, 0, -1), noon} {
		_, err := s.Click(t.Context(), click("a", "b", "v", at))
		must(t, err)
	}
	for key, age := range map[string]time.Duration{"old": 25 * time.Hour, "young": 23 * time.Hour} {
		must(t, s.Append(t.Context(), nil, &overlay.Receipt{Key: key, At: noon.Add(-age)}))
	}
	must(t, s.Prune(t.Context(), noon))
	for query, want := range map[string]int64{
		"SELECT COUNT(*) FROM hawker_salts":                             1,
		"SELECT COUNT(*) FROM hawker_salts WHERE day = '2126-03-01'":    1,
		"SELECT COUNT(*) FROM hawker_visitors":                          1,
		"SELECT COUNT(*) FROM hawker_visitors WHERE day = '2126-03-01'": 1,
		"SELECT COUNT(*) FROM hawker_receipts":                          1,
		"SELECT COUNT(*) FROM hawker_receipts WHERE key = 'young'":      1,
		"SELECT COUNT(*) FROM hawker_clicks":                            2,
		"SELECT visitors FROM hawker_click_counts WHERE offer = 'a'":    2,
		"SELECT LENGTH(salt) FROM hawker_salts":                         32,
		"SELECT LENGTH(hash) FROM hawker_visitors":                      16,
	} {
		n, err := s.Number(t.Context(), query)
		must(t, err)
		if n != want {
			t.Errorf("%s is %d, want %d", query, n, want)
		}
	}
}
