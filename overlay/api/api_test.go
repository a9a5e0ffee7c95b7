package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/api"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/control"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory keeps for as long as the test runs.
type memory struct {
	mu       sync.Mutex // guards the rest
	log      []overlay.Event
	receipts map[string]overlay.Receipt
}

func (m *memory) Load(context.Context) (*overlay.State, error) { return &overlay.State{}, nil }
func (m *memory) Save(context.Context, *overlay.State) error   { return nil }

func (m *memory) Append(_ context.Context, events []overlay.Event, r *overlay.Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = append(m.log, events...)
	if r != nil {
		m.receipts[r.Key] = *r
	}
	return nil
}

func (m *memory) Receipt(_ context.Context, key string) (overlay.Receipt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.receipts[key]
	return r, ok, nil
}

func (m *memory) Events(_ context.Context, q overlay.LogQuery) (out []overlay.Event, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.log {
		if e.ID == q.Offer && e.Seq > q.After {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memory) Clicks(_ context.Context, offer string) ([]overlay.ClickCount, error) {
	return []overlay.ClickCount{{Offer: offer, Destination: "youtube", Clicks: 7, Visitors: 5}, {Offer: offer, Destination: "overlay", Clicks: 2, Visitors: 2}}, nil
}

type links struct{}

func (links) ShortLink(offer, destination string) string {
	return strings.TrimSuffix("https://live.example.com/o/"+offer+"/"+destination, "/")
}
func (links) OverlayLink(stream string) string {
	return "https://live.example.com/overlay/" + stream + "?key=k"
}

// desk is the API of a show that runs, and a client for it.
type desk struct {
	t    *testing.T
	url  string
	chat *chat.Desk
}

func open(t *testing.T) *desk {
	t.Helper()
	store := &memory{receipts: map[string]overlay.Receipt{}}
	c, err := control.New(control.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	room, err := chat.New(chat.Config{Streams: []chat.Stream{{Name: "main", Host: "Lan"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- c.Run(ctx) }()
	go func() { ended <- room.Run(ctx) }()
	s, err := api.New(api.Config{
		Control: c, Records: store, Links: links{}, Chat: room, Logger: slog.New(slog.DiscardHandler),
		Audience: func(stream string) (api.Audience, bool) { return api.Audience{Viewers: 7}, stream == "main" },
		Streams: func() []api.Stream {
			return []api.Stream{{Name: "main", Destinations: []string{"youtube", "twitch"}}, {Name: "second", Destinations: []string{"youtube"}}}
		},
		Problem: func(w http.ResponseWriter, status int, detail string) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"detail": detail})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Routes(mux, func(h http.HandlerFunc) http.Handler { return h })
	server := httptest.NewServer(http.MaxBytesHandler(mux, 10_000))
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	<-c.Ready()
	<-room.Ready()
	return &desk{t, server.URL, room}
}

// call asks, and returns the answer. key may be empty.
func (d *desk) call(method, path, body, key string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// wants calls, and fails the test unless the status is as wanted and the answer
// has each of these parts.
func (d *desk) wants(status int, method, path, body string, parts ...string) string {
	d.t.Helper()
	got, text := d.call(method, path, body, "")
	if got != status {
		d.t.Fatalf("%s %s: %d %s, want %d", method, path, got, text, status)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			d.t.Fatalf("%s %s: %s has no %s", method, path, text, part)
		}
	}
	return text
}

const honey = `{"id":"honey","title":"Chestnut honey","price":{"amount":1250,"currency":"EUR"},"url":"https://shop.example.com/honey","stock":3,"duration_seconds":300}`

func TestLifeOfAnOffer(t *testing.T) {
	d := open(t)
	d.wants(200, "GET", "/offers", "", `"offers": []`)
	d.wants(201, "POST", "/offers", honey, `"id": "honey"`, `"running_on": []`)
	d.wants(409, "POST", "/offers", honey, "already")
	d.wants(409, "POST", "/streams/main/offers/honey/start", "", "own, affiliate or sponsored")
	d.wants(200, "PATCH", "/offers/honey", `{"disclosure":"own"}`, `"title": "Chestnut honey"`, `"stock": 3`)
	d.wants(200, "POST", "/streams/main/offers/honey/start", `{"countdown_seconds":0}`, `"type": "offer.started"`, `"ends"`)
	d.wants(409, "POST", "/streams/main/offers/honey/start", "", "runs already")
	d.wants(200, "GET", "/offers/honey", "", `"running_on": [`, `"main"`)
	d.wants(409, "DELETE", "/offers/honey", "", "end it first")
	d.wants(200, "POST", "/offers/honey/stock", `{"change":-1}`, `"stock": 2`)
	d.wants(409, "POST", "/offers/honey/stock", `{"change":-3}`, "2 are left")
	d.wants(200, "POST", "/offers/honey/stock", `{"stock":5}`, `"stock": 5`)
	d.wants(200, "GET", "/streams/main/overlay", "", "https://live.example.com/overlay/main?key=k", `"title": "Chestnut honey"`, `"viewers": 7`)
	d.wants(200, "POST", "/streams/main/offers/honey/end", "", `"reason": "hand"`)
	d.wants(409, "POST", "/streams/main/offers/honey/end", "", "does not run on main")
	d.wants(200, "POST", "/offers/honey/stock", `{"stock":null}`)
	log := d.wants(200, "GET", "/offers/honey/log", "", "offer.put", "offer.started", "offer.updated", "offer.ended")
	var events api.Events
	if err := json.Unmarshal([]byte(log), &events); err != nil {
		t.Fatal(err)
	}
	// The log tells from when to when it could be had, at which price, and how
	// many were left.
	i := slices.IndexFunc(events.Events, func(e overlay.Event) bool { return e.Type == overlay.OfferEnded })
	if e := events.Events[i]; e.Offer.Price.Amount != 1250 || *e.Offer.Stock != 5 || e.At.IsZero() || e.Starts.IsZero() || !e.Ends.Equal(e.Starts.Add(300e9)) {
		t.Errorf("it ended as %+v", e)
	}
	d.wants(200, "GET", fmt.Sprintf("/offers/honey/log?after=%d", events.Events[i-1].Seq), "", "offer.ended")
	d.wants(400, "GET", "/offers/honey/log?after=x", "", "seq")
	d.wants(200, "DELETE", "/offers/honey", "", `"id": "honey"`)
	d.wants(404, "GET", "/offers/honey", "")
}

func TestWhatIsReadCanBeWrittenBack(t *testing.T) {
	d := open(t)
	d.wants(201, "POST", "/offers", honey)
	before := d.wants(200, "GET", "/offers/honey", "")
	if after := d.wants(200, "PUT", "/offers/honey", before); after != before {
		t.Errorf("%s became %s", before, after)
	}
	d.wants(200, "PATCH", "/offers/honey", `{"stock":null}`)
	if text := d.wants(200, "GET", "/offers/honey", ""); strings.Contains(text, `"stock"`) {
		t.Errorf("without a stock: %s", text)
	}
}

func TestBadRequests(t *testing.T) {
	d := open(t)
	d.wants(201, "POST", "/offers", honey)
	for _, c := range []struct {
		status             int
		method, path, body string
		part               string
	}{
		{400, "POST", "/offers", `[]`, "not a JSON object"},
		{400, "POST", "/offers", `{"id":`, "not a JSON object"},
		{400, "POST", "/offers", `{"id":"x","titel":"X"}`, "titel"},
		{400, "POST", "/offers", `{"id":"x","stock":"many"}`, "stock cannot be a string"},
		{422, "POST", "/offers", `{"id":"x","title":"X"}`, "price needs"},
		{422, "POST", "/offers", `{}`, "id must be"},
		{400, "PUT", "/offers/honey", strings.Replace(honey, `"honey"`, `"jam"`, 1), "path"},
		{400, "PATCH", "/offers/honey", `{"id":"jam"}`, "cannot be changed"},
		{404, "PATCH", "/offers/jam", `{"title":"Jam"}`, "no offer"},
		{404, "DELETE", "/offers/jam", "", "no offer"},
		{400, "POST", "/offers/honey/stock", `{}`, "change"},
		{400, "POST", "/offers/honey/stock", `{"stock":1,"change":1}`, "change"},
		{404, "POST", "/streams/nope/offers/honey/start", "", "no stream"},
		{404, "POST", "/streams/main/offers/jam/start", "", "no offer"},
		{400, "POST", "/streams/main/offers/honey/start", `{"countdown":1}`, "countdown_seconds"},
		{422, "POST", "/streams/main/offers/honey/start", `{"countdown_seconds":301}`, "countdown"},
		{413, "POST", "/offers", `{"title":"` + strings.Repeat("x", 20_000) + `"}`, "larger than"},
		{404, "GET", "/offers/jam/links", "", "no offer"},
		{422, "PUT", "/streams/main/show", `{"steps":[{"after_seconds":5}]}`, "steps[0]"},
		{404, "POST", "/streams/main/banners", `{"id":"hi"}`, "text"},
		{409, "DELETE", "/streams/main/banners/hi", "", "not shown"},
	} {
		d.wants(c.status, c.method, c.path, c.body, `"detail":"`, c.part)
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	d := open(t)
	status, first := d.call("POST", "/offers", honey, "key-1")
	again, second := d.call("POST", "/offers", honey, "key-1")
	if status != 201 || again != 201 || first != second {
		t.Errorf("%d %s, then %d %s", status, first, again, second)
	}
	if status, text := d.call("POST", "/offers", strings.Replace(honey, "Chestnut", "Lime", 1), "key-1"); status != 422 {
		t.Errorf("another body: %d %s", status, text)
	}
	if status, text := d.call("POST", "/offers", honey, "key\t1"); status != 400 {
		t.Errorf("a key with a tab: %d %s", status, text)
	}
	if status, text := d.call("POST", "/offers", honey, strings.Repeat("k", 201)); status != 400 {
		t.Errorf("a long key: %d %s", status, text)
	}
}

func TestBannersAndShow(t *testing.T) {
	d := open(t)
	d.wants(200, "POST", "/banners", `{"id":"hi","text":"Welcome","duration_seconds":30}`, `"text": "Welcome"`)
	d.wants(200, "GET", "/banners", "", `"id": "hi"`)
	d.wants(200, "POST", "/streams/main/banners", `{"id":"hi"}`, `"type": "banner.shown"`, "Welcome")
	d.wants(200, "POST", "/streams/main/banners", `{"text":"Shipping is free today"}`, "banner.shown")
	d.wants(200, "GET", "/streams/main/banners", "", "Welcome", "Shipping is free")
	d.wants(200, "DELETE", "/streams/main/banners/hi", "", "banner.hidden")
	d.wants(200, "DELETE", "/streams/main/banners", "", "banner.hidden")
	d.wants(200, "GET", "/streams/main/banners", "", `"banners": []`)
	show := `{"steps":[{"after_seconds":60,"banner":"hi"},{"at":"2030-01-02T20:00:00+01:00","offer":"honey"}]}`
	d.wants(200, "PUT", "/streams/main/show", show, `"after_seconds": 60`, `"done": false`, `"at": "2030-01-02T19:00:00Z"`)
	d.wants(200, "GET", "/streams/main/show", "", `"offer": "honey"`)
	d.wants(200, "DELETE", "/streams/main/show", "", `"steps": []`)
}

func TestLinks(t *testing.T) {
	d := open(t)
	d.wants(201, "POST", "/offers", honey)
	var got api.OfferLinks
	if err := json.Unmarshal([]byte(d.wants(200, "GET", "/offers/honey/links", "")), &got); err != nil {
		t.Fatal(err)
	}
	want := []api.Link{
		{URL: "https://live.example.com/o/honey"},
		{Stream: "main", Destination: "youtube", URL: "https://live.example.com/o/honey/youtube", Clicks: 7, Visitors: 5},
		{Stream: "main", Destination: "twitch", URL: "https://live.example.com/o/honey/twitch"},
		{Destination: "overlay", URL: "https://live.example.com/o/honey/overlay", Clicks: 2, Visitors: 2},
	}
	if !slices.Equal(got.Links, want) {
		t.Errorf("links are %+v, want %+v", got.Links, want)
	}
}

func TestEventsAsTheyHappen(t *testing.T) {
	d := open(t)
	d.wants(201, "POST", "/offers", strings.Replace(honey, "{", `{"disclosure":"own",`, 1))
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.url+"/api/v1/events?stream=main", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the type is %s", got)
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() (event, data string) {
		t.Helper()
		for lines.Scan() {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "event":
				event = value
			case "data":
				return event, value
			}
		}
		t.Fatalf("the events ended: %v", lines.Err())
		return "", ""
	}
	if event, data := next(); event != "state" || !strings.Contains(data, "Chestnut") {
		t.Fatalf("first came %s %s", event, data)
	}
	d.wants(200, "POST", "/streams/second/offers/honey/start", "") // not asked for
	d.wants(200, "POST", "/streams/main/offers/honey/start", "")
	if event, data := next(); event != "offer.started" || !strings.Contains(data, `"stream":"main"`) {
		t.Fatalf("then came %s %s", event, data)
	}
}
