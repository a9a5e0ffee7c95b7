package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
)

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"

// answer is a response that has been read.
type answer struct {
	StatusCode int
	Header     http.Header
	text       string
	err        error // what ended the body before its end
}

// ask sends a request as it is written, and does not follow where it leads.
func (s *shop) ask(method, path string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url, nil)
	must(s.t, err)
	p, query, _ := strings.Cut(path, "?")
	r.URL.Opaque, r.URL.RawQuery = "//"+s.addr+p, query // as it is
	r.Header.Set("User-Agent", phone)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(r)
	must(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(body), err}
}

func TestAShortLinkCountsAndLeadsToTheStore(t *testing.T) {
	s := open(t, func(c *web.Config) {
		c.Settings.Streams = append(c.Settings.Streams, web.Stream{Name: "third", Destinations: []string{"TIKTOK", "Instagram"}})
	})
	s.put(honey())
	for path, destination := range map[string]string{
		"/o/honey": "", "/o/honey/": "", "/o/HONEY/youtube": "youtube", "/o/honey/tiktok": "tiktok", "/o/honey/overlay": "overlay",
		"/o/honey/TikTok": "tiktok", "/o/HONEY/QR": "qr", "/o/honey/instagram": "Instagram", "/o/honey/INSTAGRAM": "Instagram", "/o/honey/YouTube": "youtube",
		"/o/honey/Instagram": "Instagram", "/o/honey/watch": "watch", "/o/honey/qr": "qr", "/o/honey/nobody-knows": "other", "/o/honey/%3Cscript%3E": "other",
	} {
		t.Run(path, func(t *testing.T) {
			before := len(s.book.counted())
			began := time.Now()
			res := s.ask("GET", path)
			if res.StatusCode != http.StatusFound || res.Header.Get("Location") != honey().URL {
				t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
			}
			if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") == "" {
				t.Errorf("headers are %v", res.Header)
			}
			clicks := s.book.counted()[before:]
			if len(clicks) != 1 {
				t.Fatalf("it counts %d times", len(clicks))
			}
			c := clicks[0]
			if c.Offer != "honey" || c.Destination != destination || c.At.Before(began) || c.Visitor != "127.0.0.1\x00"+phone {
				t.Errorf("kept is %+v", c)
			}
		})
	}
	if n := figure(t, s, "hawker_offer_clicks_total", "offer", "honey", "destination", "other"); n != 2 {
		t.Errorf("the metric counts %v for others, want 2", n)
	}
}

func TestWhoDoesNotCount(t *testing.T) {
	s := open(t)
	s.put(honey())
	type request struct{ method, name, value string }
	for name, r := range map[string]request{
		"HEAD":              {"HEAD", "X-Any", ""},
		"prefetch":          {"GET", "Sec-Purpose", "prefetch;prerender"},
		"old prefetch":      {"GET", "Purpose", "prefetch"},
		"preview":           {"GET", "X-Purpose", "preview"},
		"mozilla prefetch":  {"GET", "X-Moz", "prefetch"},
		"no agent":          {"GET", "User-Agent", ""},
		"facebook":          {"GET", "User-Agent", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
		"twitter":           {"GET", "User-Agent", "Twitterbot/1.0"},
		"telegram":          {"GET", "User-Agent", "TelegramBot (like TwitterBot)"},
		"whatsapp":          {"GET", "User-Agent", "WhatsApp/2.23.20.0 A"},
		"discord":           {"GET", "User-Agent", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"},
		"slack":             {"GET", "User-Agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
		"google":            {"GET", "User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
		"google ads":        {"GET", "User-Agent", "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 Mobile Safari/537.36 (compatible; AdsBot-Google-Mobile)"},
		"tiktok":            {"GET", "User-Agent", "Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)"},
		"headless":          {"GET", "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36"},
		"skype":             {"GET", "User-Agent", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
		"curl":              {"GET", "User-Agent", "curl/8.5.0"},
		"go":                {"GET", "User-Agent", "Go-http-client/1.1"},
		"python":            {"GET", "User-Agent", "python-requests/2.31.0"},
		"linkedin previews": {"GET", "User-Agent", "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"},
	} {
		t.Run(name, func(t *testing.T) {
			res := s.ask(r.method, "/o/honey/youtube", r.name, r.value)
			if res.StatusCode != http.StatusFound || res.Header.Get("Location") != honey().URL {
				t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
			}
		})
	}
	if n := len(s.book.counted()); n != 0 {
		t.Errorf("%d count", n)
	}
}

func TestBrowsersWithinAppsCount(t *testing.T) {
	s := open(t)
	s.put(honey())
	agents := []string{
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0.0.0;]",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 340.0.0.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 musical_ly_35.1.0 BytedanceWebview/d8a21c6",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Twitter for iPhone/10.47",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [LinkedInApp]/9.29",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]",
		"Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36",
		"Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
	}
	for i, agent := range agents {
		s.ask("GET", "/o/honey", "User-Agent", agent)
		if n := len(s.book.counted()); n != i+1 {
			t.Fatalf("%q does not count", agent)
		}
	}
}

// T39: nothing but a stored link is redirected to, and that byte for byte.
func TestOnlyStoredLinksAreRedirectedTo(t *testing.T) {
	s := open(t)
	stored := []string{
		"https://shop.example.com", "https://shop.example.com/", "http://shop.example.com:8080/a/../b//c/%2e%2e/%E2%82%AC",
		"https://shop.example.com/?q=a+b&x=%20&&=#top?x", "https://xn--mnchen-3ya.example/", "https://shop.example.com/a;b=c,d@e:f!$'()*",
	}
	for i, link := range stored {
		o := honey()
		o.ID, o.URL = fmt.Sprint("offer", i), link
		s.put(o)
		for _, query := range []string{"", "?url=https://evil.example", "?next=//evil.example&key=x", "?%0d%0aLocation:%20https://evil.example"} {
			res := s.ask("GET", "/o/"+o.ID+query)
			if got := res.Header["Location"]; res.StatusCode != http.StatusFound || len(got) != 1 || got[0] != link {
				t.Errorf("/o/%s%s: got %d to %q, want %q", o.ID, query, res.StatusCode, got, link)
			}
		}
	}
	for _, path := range []string{
		"/o//evil.example", "//evil.example/o/offer0", "/o/%2f%2fevil.example", `/o/%5cevil.example`, "/o/https:%2f%2fevil.example", "/o/javascript:alert(1)",
		"/o/offer0%0d%0aLocation:%20https:%2f%2fevil.example", "/o/offer0@evil.example", "/o/evil.example", "/o/", "/o", "/o/..%2foffer0", "/o/./offer0",
		"/o/none", "/o/offer0/youtube/more", "/o/b%C3%BCcher.example", "/o/%00", "//evil.example", `/%5cevil.example`, "/..//evil.example", "/o/offer0/../../x",
	} {
		res := s.ask("GET", path)
		if res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("%s: got %d to %q, want 404", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if res := s.ask(method, "/o/offer0"); res.StatusCode < 400 {
			t.Errorf("%s is answered with %d", method, res.StatusCode)
		}
	}
}

func TestAttributionIsAdded(t *testing.T) {
	s := open(t, func(c *web.Config) {
		c.Settings.Attribution = []web.Param{{"utm_source", "{destination}"}, {"utm_campaign", "{offer} on {stream}"}, {"size", "1"}}
	})
	s.put(honey())
	res := s.ask("GET", "/o/honey/youtube")
	want := "https://shop.example.com/honey?size=500&utm_source=youtube&utm_campaign=honey+on+main#buy"
	if got := res.Header.Get("Location"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAViewerGetsToTheStoreThoughNothingIsCounted(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(honey())
	began := time.Now()
	s.book.clicking(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	if res := s.ask("GET", "/o/honey"); res.Header.Get("Location") != honey().URL {
		t.Error("a store that hangs keeps the viewer")
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the viewer waits %v", took)
	}
	s.book.clicking(func(context.Context) error { return errFull })
	for range 3 {
		if res := s.ask("GET", "/o/honey"); res.Header.Get("Location") != honey().URL {
			t.Error("a store that fails keeps the viewer")
		}
	}
	if n := figure(t, s, "hawker_offer_clicks_lost_total", "reason", "store"); n != 4 {
		t.Errorf("%v are known to be lost, want 4", n)
	}
	if n := strings.Count(s.log.String(), "disk full"); n != 1 {
		t.Errorf("the failure is logged %d times:\n%s", n, s.log)
	}
}

func TestOneAddressCannotInflateNumbers(t *testing.T) {
	s := open(t)
	s.put(honey())
	for range 200 {
		if res := s.ask("GET", "/o/honey"); res.StatusCode != http.StatusFound {
			t.Fatalf("got %d", res.StatusCode)
		}
	}
	if n := len(s.book.counted()); n < 60 || n > 120 { // the minute may turn in between
		t.Errorf("%d of 200 count, want 60", n)
	}
	if figure(t, s, "hawker_offer_clicks_lost_total", "reason", "limit") < 80 {
		t.Error("the others are not known to be lost")
	}
}

// An offer whose link is not fit to be given to viewers cannot be stored; if one
// is there all the same, it leads nowhere.
func TestAnUnfitLinkLeadsNowhere(t *testing.T) {
	s := open(t)
	s.stop()
	for i, link := range []string{"javascript:alert(1)", "//evil.example", "https://a\r\nX: y", `/\evil`, "https://user@evil.example", "ftp://x.example/"} {
		o := honey()
		o.ID, o.URL = fmt.Sprint("offer", i), link
		s.book.state = s.book.state.With(overlay.Event{Seq: s.book.state.Seq + 1, Type: overlay.OfferPut, ID: o.ID, Offer: &o})
	}
	s.start()
	for i := range 6 {
		if res := s.ask("GET", fmt.Sprint("/o/offer", i)); res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("offer%d: got %d to %q", i, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

// Behind a proxy that nobody has told us of, all viewers are one: that must be
// known before the numbers are wondered at.
func TestAProxyThatIsNotTrustedIsSaidOnce(t *testing.T) {
	s := open(t)
	s.put(honey())
	s.ask("GET", "/o/honey")
	if strings.Contains(s.log.String(), "trusted_proxies") {
		t.Error("it is said without a proxy")
	}
	for range 3 {
		s.ask("GET", "/o/honey", "X-Forwarded-For", "198.51.100.7")
	}
	if n := strings.Count(s.log.String(), "public.trusted_proxies"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, s.log)
	}
	known := open(t, func(c *web.Config) { c.Settings.TrustedProxies = prefixes("127.0.0.1/32") })
	known.put(honey())
	known.ask("GET", "/o/honey", "X-Forwarded-For", "198.51.100.7")
	if strings.Contains(known.log.String(), "trusted_proxies") {
		t.Error("it is said of one that is trusted")
	}
}

// Routes that are mounted limit by the same address.
func TestClientIsWhoAsks(t *testing.T) {
	var s *shop
	s = open(t, func(c *web.Config) {
		c.Settings.TrustedProxies = prefixes("127.0.0.0/8")
		c.Mount = func(mux *http.ServeMux) {
			mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, s.web.Client(r).String()) })
		}
	})
	if got := s.ask("GET", "/who", "X-Forwarded-For", "192.0.2.9, 198.51.100.7").text; got != "198.51.100.7" {
		t.Errorf("it is %q", got)
	}
}
