package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// page reads a stream of events, as a browser does.
type page struct {
	t      *testing.T
	res    *http.Response
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// view is what a page is told.
type view struct {
	Version string
	Now     int64
	Offers  []struct {
		Run, Starts, Ends                                 int64
		ID, Phase, Title, Currency, Image, Link, Text, QR string
		Price, Digits                                     int64
		CompareAt                                         int64 `json:"compare_at"`
		Stock                                             *int64
		Disclosure, CTA                                   string
	}
	Banners []struct{ Text string }
	Ended   []struct {
		Run    int64
		Reason string
	}
}

func (s *shop) watch(t *testing.T, stream string) *page {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+s.link(stream, "/events"), nil)
	must(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	res, err := transport.RoundTrip(r)
	must(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return &page{t, res, bufio.NewScanner(res.Body), cancel}
}

// event reads the next one; ok is false when there is none any more.
func (p *page) event() (name, data string, ok bool) {
	for p.lines.Scan() {
		switch line := p.lines.Text(); {
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "":
			return name, data, true
		}
	}
	return "", "", false
}

// next is the next state.
func (p *page) next() view {
	p.t.Helper()
	for {
		name, data, ok := p.event()
		if !ok {
			p.t.Fatalf("the stream has ended: %v", p.lines.Err())
		}
		if name != "state" {
			continue
		}
		var v view
		must(p.t, json.Unmarshal([]byte(data), &v))
		return v
	}
}

func TestAPageIsToldWhatIsOn(t *testing.T) {
	s := open(t)
	s.sell(honey())
	p := s.watch(t, "main")
	if kind := p.res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("the answer is %q", kind)
	}
	v := p.next()
	if len(v.Offers) != 1 || len(v.Banners) != 0 || v.Version == "" || time.Since(time.UnixMilli(v.Now)).Abs() > 5*time.Second {
		t.Fatalf("the first state is %+v", v)
	}
	o := v.Offers[0]
	if o.ID != "honey" || o.Phase != "on" || o.Title != honey().Title || o.Price != 1250 || o.CompareAt != 1590 || o.Currency != "EUR" || o.Digits != 2 ||
		*o.Stock != 3 || o.Disclosure != "affiliate" || o.Image != "/images/honey.png" || o.Ends-o.Starts != 300_000 || o.CTA != "" {
		t.Errorf("the offer is %+v", o)
	}
	if o.Link != s.web.ShortLink("honey", "overlay") || "http://"+o.Text != s.web.ShortLink("honey", "") {
		t.Errorf("its links are %s and %s", o.Link, o.Text)
	}
	if res := s.ask("GET", o.QR); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("its code is answered with %d", res.StatusCode)
	}
	s.stock("honey", 2)
	if v = p.next(); *v.Offers[0].Stock != 2 {
		t.Errorf("after a sale it is told %+v", v)
	}
	s.put(overlay.Offer{ID: "idle", Title: "Not on", Price: overlay.Money{Amount: 1, Currency: "EUR"}, URL: "https://x.example"}) // nothing to tell
	s.banner(overlay.Banner{ID: "b", Text: "Free shipping"})
	if v = p.next(); len(v.Banners) != 1 || v.Banners[0].Text != "Free shipping" {
		t.Errorf("after a banner it is told %+v", v)
	}
	s.stock("honey", 0)
	if v = p.next(); len(v.Offers) != 0 || len(v.Ended) != 1 || v.Ended[0].Run != o.Run || v.Ended[0].Reason != "sold out" {
		t.Errorf("after the last one it is told %+v", v)
	}
	soon := honey()
	soon.Countdown = 100 * time.Millisecond
	s.sell(soon)
	if v = p.next(); v.Offers[0].Phase != "soon" || v.Offers[0].Starts <= v.Now {
		t.Errorf("before the start it is told %+v", v)
	}
	if v = p.next(); v.Offers[0].Phase != "on" || v.Offers[0].Starts > v.Now {
		t.Errorf("after the start it is told %+v", v)
	}
}

// While the offers are being read there is nothing on the stage, which is not
// the same as an empty one: pages and viewers wait a moment.
func TestNothingIsSaidBeforeTheOffersAreRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.sell(honey())
	s.stop()
	s.book.gate = make(chan struct{})
	s.start()
	early := s.ask("GET", "/o/honey")
	if early.StatusCode != http.StatusServiceUnavailable || early.Header.Get("Retry-After") == "" || !strings.Contains(early.text, "by itself") {
		t.Errorf("a viewer who waits in vain gets %d", early.StatusCode)
	}
	time.AfterFunc(50*time.Millisecond, func() { close(s.book.gate) })
	if v := s.watch(t, "main").next(); len(v.Offers) != 1 {
		t.Errorf("the first thing that a page is told is %+v", v)
	}
	if res := s.ask("GET", "/o/honey"); res.StatusCode != http.StatusFound {
		t.Errorf("a viewer gets %d", res.StatusCode)
	}
}

func TestAPageOfAnotherStreamIsToldNothing(t *testing.T) {
	s := open(t)
	p := s.watch(t, "other")
	if v := p.next(); len(v.Offers) != 0 {
		t.Errorf("it is told %+v", v)
	}
	s.sell(honey())
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.Start("other", "honey", nil, now)
	})
	if v := p.next(); len(v.Offers) != 1 || v.Offers[0].Run != 3 {
		t.Errorf("the first thing it is told is %+v", v)
	}
}

func TestPagesAreCountedAndBounded(t *testing.T) {
	s := open(t)
	var last *page
	for range 50 {
		last = s.watch(t, "main")
		last.next()
	}
	if n := figure(t, s, "hawker_overlay_clients", "stream", "main"); n != 50 {
		t.Errorf("%v are counted", n)
	}
	if res := s.ask("GET", s.link("main", "/events")); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one more is answered with %d", res.StatusCode)
	}
	s.watch(t, "other").next() // has places of its own
	last.cancel()
	eventually(t, func() bool { return figure(t, s, "hawker_overlay_clients", "stream", "main") == 49 })
	if res := s.ask("HEAD", s.link("main", "/events")); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD is answered with %d", res.StatusCode)
	}
	s.watch(t, "main").next()
	must(t, s.web.Apply(web.Settings{URL: s.url, Streams: []web.Stream{{Name: "other"}}}))
	families, err := s.metrics.Gather()
	must(t, err)
	if text := fmt.Sprint(families); strings.Contains(text, `value:"main"`) {
		t.Error("a stream that is gone still has a figure")
	}
}

func TestPagesFollowNewSettings(t *testing.T) {
	s := open(t)
	p := s.watch(t, "main")
	before := p.next().Version
	set := s.set
	set.CSS = []byte(":root { --accent: #00f }")
	must(t, s.web.Apply(set))
	if v := p.next(); v.Version == before {
		t.Error("another theme is the same version")
	}
	theme := s.ask("GET", "/page/any/theme.css").text
	if theme != string(set.CSS) {
		t.Errorf("the theme is %q", theme)
	}
}

// What a page shows of a stream that is taken away leaves the screen.
func TestAStreamThatIsGoneShowsNothing(t *testing.T) {
	s := open(t)
	s.sell(honey())
	p := s.watch(t, "main")
	before := p.next()
	set := s.set
	set.Streams, set.CSS = set.Streams[1:], []byte(":root { --accent: #00f }")
	must(t, s.web.Apply(set))
	if v := p.next(); len(v.Offers)+len(v.Banners) != 0 || v.Version != before.Version {
		t.Errorf("the last it is told is %+v", v)
	}
	if _, _, more := p.event(); more {
		t.Error("a stream that is gone goes on")
	}
}

func TestServeEndsAtOnceWithItsContext(t *testing.T) {
	s := open(t)
	p := s.watch(t, "main")
	p.next()
	conn, err := net.Dial("tcp", s.addr) // as browsers do in advance
	must(t, err)
	defer func() { _ = conn.Close() }()
	s.ask("GET", "/o/none")
	began := time.Now()
	s.stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it takes %v", took)
	}
	if _, _, more := p.event(); more {
		t.Error("the stream goes on")
	}
}

// A page that does not read is cut, and holds up nobody.
func TestASlowPageIsCut(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.narrow = true
	s.restart()
	s.web.SetEventTimeout(500 * time.Millisecond)
	conn, err := net.Dial("tcp", s.addr)
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.(*net.TCPConn).SetReadBuffer(4096))
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", s.link("main", "/events"))
	must(t, err)
	quick := s.watch(t, "main")
	quick.next()
	eventually(t, func() bool { return figure(t, s, "hawker_overlay_clients", "stream", "main") == 2 })
	for i := 0; figure(t, s, "hawker_overlay_clients", "stream", "main") == 2; i++ {
		s.banner(overlay.Banner{ID: "b", Text: fmt.Sprint(strings.Repeat("ü", 100), i)})
		if v := quick.next(); len(v.Banners) != 1 {
			t.Fatalf("the quick one is told %+v", v)
		}
	}
}

// A page on which nothing happens is kept, and knows that all is well.
func TestAQuietPageIsKept(t *testing.T) {
	require.Nightly(t)
	s := open(t)
	p := s.watch(t, "main")
	p.next()
	if name, data, ok := p.event(); !ok || name != "beat" || !strings.Contains(data, `"now":`) {
		t.Errorf("got %s %s, %v", name, data, ok)
	}
}

// eventually waits for what is soon true.
func eventually(t *testing.T, met func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for range 2000 {
		if met() {
			return
		}
		<-again.C
	}
	t.Fatal("it never comes true")
}
