package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay/web"
)

// link is a stream's overlay link without its host, and with more in its path.
func (s *shop) link(stream, more string) string {
	link, _ := strings.CutPrefix(s.web.OverlayLink(stream), s.set.URL)
	return strings.Replace(link, "?", more+"?", 1)
}

func TestOverlayLinksAreSecrets(t *testing.T) {
	s := open(t)
	s.put(honey())
	link := s.web.OverlayLink("main")
	u, err := url.Parse(link)
	must(t, err)
	key := u.Query().Get("key")
	if len(key) < 22 {
		t.Fatalf("the key %q has less than 128 bits", key)
	}
	if strings.Contains(s.web.OverlayLink("other"), key) {
		t.Error("two streams have the same key")
	}
	unknown := s.ask("GET", "/overlay/nobody?key="+key).text
	for _, more := range []string{"", "/events", "/qr/honey.svg"} {
		for name, path := range map[string]string{
			"no key": "/overlay/main" + more, "wrong": "/overlay/main" + more + "?key=" + key[1:] + "x", "another's": "/overlay/main" + more + "?" + strings.Split(s.web.OverlayLink("other"), "?")[1],
		} {
			fresh := open(t, func(c *web.Config) { c.Settings.URL = s.set.URL })
			res := fresh.ask("GET", path)
			if text := res.text; res.StatusCode != http.StatusNotFound || text != unknown {
				t.Errorf("%s %s: got %d, which differs from an unknown stream's answer", more, name, res.StatusCode)
			}
		}
	}
	if res := s.ask("GET", s.link("main", "")); res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the link itself is answered with %d", res.StatusCode)
	}
	if log := s.log.String(); strings.Contains(log, key) {
		t.Error("the key is in the log")
	}
}

// T36: there is no other way to a keyed route.
func TestKeyedRoutesHaveNoSideDoor(t *testing.T) {
	s := open(t)
	s.put(honey())
	key := "?" + strings.Split(s.web.OverlayLink("main"), "?")[1]
	for _, more := range []string{"", "/events", "/qr/honey.svg"} {
		for _, path := range []string{
			"/overlay//main" + more, "//overlay/main" + more, "/overlay/./main" + more, "/x/../overlay/main" + more, "/overlay/%2e/main" + more,
			"/overlay/main" + more + "/", "/overlay/main" + more + "%00", "/overlay/MAIN" + more, "/Overlay/main" + more, "/overlay/main%2f" + more, "/overlay/main;" + more,
		} {
			for _, query := range []string{"", key} {
				if res := s.ask("GET", path+query); res.StatusCode < 400 {
					t.Errorf("%s is answered with %d", path+query, res.StatusCode)
				}
			}
		}
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			if res := s.ask(method, "/overlay/main"+more+key, "Origin", "https://evil.example", "Cookie", "a=b"); res.StatusCode < 400 || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s is answered with %d", method, more, res.StatusCode)
			}
		}
		s.restart()
	}
}

// T41: who guesses is refused soon. Who has the link is not, though an old page at
// the same address keeps asking with another.
func TestGuessesAreLimited(t *testing.T) {
	s := open(t, func(c *web.Config) { c.Settings.TrustedProxies = prefixes("127.0.0.0/8") })
	notFound := 0
	for range 200 {
		if s.ask("GET", "/overlay/main?key=guess", "X-Forwarded-For", "198.51.100.7").StatusCode == http.StatusNotFound {
			notFound++
		}
	}
	if notFound < 10 || notFound > 20 {
		t.Errorf("%d of 200 guesses are looked at, want 10 a minute", notFound)
	}
	if res := s.ask("GET", "/overlay/main?key=guess", "X-Forwarded-For", "198.51.100.7"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("one more guess is answered with %d", res.StatusCode)
	}
	if res := s.ask("GET", s.link("main", ""), "X-Forwarded-For", "198.51.100.7"); res.StatusCode != http.StatusOK {
		t.Errorf("the right link is answered with %d", res.StatusCode)
	}
	if res := s.ask("GET", "/overlay/main?key=guess", "X-Forwarded-For", "198.51.100.8"); res.StatusCode != http.StatusNotFound {
		t.Errorf("another address is answered with %d", res.StatusCode)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := open(t, func(c *web.Config) { c.Settings.Images = album(t) })
	s.put(honey())
	page := s.ask("GET", s.link("main", "")).text
	script := page[strings.Index(page, "/page/"):]
	script = script[:strings.IndexByte(script, '"')]
	for _, path := range []string{s.link("main", ""), s.link("main", "/qr/honey.svg"), "/images/honey.png", "/o/honey", "/o/none", "/", "/nothing", script, "/page/old/overlay.js", "/page/x/none.js", "//x"} {
		res := s.ask("GET", path)
		h := res.Header
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || h.Get("Content-Type") == "" && res.StatusCode != http.StatusFound {
			t.Errorf("%s: headers %v", path, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Set-Cookie") != "" || h.Get("Location") != "" && res.StatusCode != http.StatusFound {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	if res := s.ask("GET", script); !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Error("a file of this version is not kept by browsers")
	}
	if res := s.ask("GET", "/page/old/overlay.js"); res.Header.Get("Cache-Control") != "no-store" {
		t.Error("a file of another version is kept by browsers")
	}
}

// Nothing that a stranger sends comes back in a page.
func TestPagesDoNotRepeatWhatIsAsked(t *testing.T) {
	s := open(t)
	canary := "canary4711"
	for _, path := range []string{"/" + canary, "/o/" + canary, "/overlay/" + canary + "?key=" + canary, "/images/" + canary + ".png", "/page/" + canary + "/" + canary} {
		res := s.ask("GET", path, "Referer", "http://"+canary, "User-Agent", canary)
		if text := res.text; res.StatusCode != http.StatusNotFound || strings.Contains(text, canary) || !strings.Contains(text, "<h1>") {
			t.Errorf("%s: got %d %s", path, res.StatusCode, text)
		}
	}
	page := s.ask("GET", s.link("main", "")+"&lang="+canary+"&position="+canary).text
	if strings.Contains(page, canary) || strings.Contains(page, "main\"") {
		t.Error("the overlay's page holds what was asked for")
	}
}

func TestAPanicEndsItsRequestOnly(t *testing.T) {
	s := open(t, func(c *web.Config) {
		c.Mount = func(mux *http.ServeMux) {
			mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
			mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic("on purpose")
			})
			mux.HandleFunc("GET /{stream}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "watch "+r.PathValue("stream")) })
		}
	})
	s.put(honey())
	if res := s.ask("GET", "/panic"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("got %d", res.StatusCode)
	}
	if s.ask("GET", "/half").err == nil {
		t.Error("half an answer looks like a whole one")
	}
	if res := s.ask("GET", "/o/honey"); res.StatusCode != http.StatusFound {
		t.Errorf("the next request gets %d", res.StatusCode)
	}
	if text := s.ask("GET", "/main").text; text != "watch main" {
		t.Errorf("a mounted route answers %q", text)
	}
	if n := figure(t, s, "hawker_panics_total", "where", "public"); n != 2 {
		t.Errorf("%v panics are counted", n)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	s := open(t)
	link, path := s.web.OverlayLink("main"), s.link("main", "")
	for name, conf := range map[string]web.Settings{
		"no URL":           {},
		"a path":           {URL: "https://live.example.com/x"},
		"a slash":          {URL: "https://live.example.com/"},
		"another scheme":   {URL: "ftp://live.example.com"},
		"a user":           {URL: "https://me@live.example.com"},
		"a query":          {URL: "https://live.example.com?"},
		"a long URL":       {URL: "https://" + strings.Repeat("live.", 50) + "example.com"},
		"a bad stream":     {URL: s.url, Streams: []web.Stream{{Name: "a/b"}}},
		"a huge theme":     {URL: s.url, CSS: make([]byte, 2<<20)},
		"no name of param": {URL: s.url, Attribution: []web.Param{{Value: "x"}}},
	} {
		if err := s.web.Apply(conf); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if s.web.OverlayLink("main") != link || s.ask("GET", s.link("main", "")).StatusCode != http.StatusOK {
		t.Error("wrong settings have changed something")
	}
	must(t, s.web.Apply(web.Settings{URL: "https://other.example.com", Streams: []web.Stream{{Name: "other"}}}))
	if s.ask("GET", path).StatusCode != http.StatusNotFound {
		t.Error("a stream that is gone still has its overlay")
	}
	if got := s.web.ShortLink("honey", "tiktok"); got != "https://other.example.com/o/honey/tiktok" {
		t.Errorf("a short link is %s", got)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := web.New(web.Config{Settings: web.Settings{URL: "https://x.example"}}); err == nil {
		t.Error("a server without a show is made")
	}
}

func TestTheLinkKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := web.EnsureLinkKey(dir)
	must(t, err)
	again, err := web.EnsureLinkKey(dir)
	must(t, err)
	if first != again || len(first.Reveal()) != 64 {
		t.Error("the key is another one after a restart")
	}
}
