package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/api"
)

// TestKilledWhileSelling kills a built hawker right after it has answered. What it
// has answered is there afterwards, once: offers, what runs, stock and clicks; and
// a request that is repeated gets the same answer.
func TestKilledWhileSelling(t *testing.T) {
	t.Parallel()
	s := standAlone(t, time.Minute, nil, "")
	offer := `{"id":"honey","title":"Honey","price":{"amount":1250,"currency":"EUR"},"url":"https://shop.example.com/honey","stock":30,"disclosure":"own"}`
	first := s.post("/offers", offer, "key-1", http.StatusCreated)
	s.kill()
	if again := s.post("/offers", offer, "key-1", http.StatusCreated); again != first {
		t.Errorf("after the kill the same request is answered %s, and was %s", again, first)
	}
	s.post("/offers", strings.Replace(offer, "Honey", "Jam", 1), "key-1", http.StatusUnprocessableEntity)
	s.post("/streams/main/offers/honey/start", "", "", http.StatusOK)
	s.kill()
	s.post("/streams/main/offers/honey/start", "", "", http.StatusConflict) // it runs
	for left := range 5 {
		s.post("/offers/honey/stock", `{"change":-1}`, fmt.Sprint("sale-", left), http.StatusOK)
		must(t, s.click("honey", left))
		s.kill()
		s.post("/offers/honey/stock", `{"change":-1}`, fmt.Sprint("sale-", left), http.StatusOK) // the same sale
	}
	var o api.Offer
	must(t, s.client().Call(s.ctx, http.MethodGet, "/api/v1/offers/honey", nil, &o))
	if *o.Stock != 25 || len(o.RunningOn) != 1 {
		t.Errorf("of 30 pieces %d are left after 5 sales, and it runs on %v", *o.Stock, o.RunningOn)
	}
	var links api.OfferLinks
	must(t, s.client().Call(s.ctx, http.MethodGet, "/api/v1/offers/honey/links", nil, &links))
	clicks := int64(0)
	for _, l := range links.Links {
		clicks += l.Clicks
	}
	if clicks != 5 {
		t.Errorf("%d clicks are counted, want 5", clicks)
	}
}

// kill ends the process without warning, and starts another one.
func (s *standalone) kill() {
	s.t.Helper()
	must(s.t, s.cmd.Process.Kill())
	_ = s.cmd.Wait()
	s.run()
}

// post makes a request with an Idempotency-Key, unless that is empty, and returns
// the answer.
func (s *standalone) post(path, body, key string, want int) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "http://"+s.admin+"/api/v1"+path, strings.NewReader(body))
	must(s.t, err)
	req.Header.Set("Authorization", "Bearer "+s.client().Token.Reveal())
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if resp.StatusCode != want {
		s.t.Fatalf("POST %s: %s, want %d: %s", path, resp.Status, want, text)
	}
	return string(text)
}
