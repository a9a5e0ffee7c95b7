package watch_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// Whoever visits says so as the page does, from this server's own pages.
func TestVisitsComeFromThePage(t *testing.T) {
	kept := noter{known: map[string]bool{}}
	h := open(t, func(c *watch.Config) { c.Visits, c.Settings.URL = &kept, "https://live.example.com" })
	h.watch.Live("main", time.Now())
	h.come("named").until("it is live", func(s told) bool { return s.Since != 0 })
	const plain = "Content-Type: application/json"
	name := strings.Repeat("a", 32)
	good := `{"visitor":"` + name + `"}`
	for what, tc := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"a program":      {"POST", "/main/visit", good, []string{plain}, 204},
		"the page":       {"POST", "/main/visit", good, []string{plain, "Sec-Fetch-Site: same-origin", "Origin: https://proxied.example"}, 204},
		"an old browser": {"POST", "/main/visit", good, []string{plain + "; charset=utf-8", "Origin: http://" + h.url}, 204},
		"behind a proxy": {"POST", "/main/visit", good, []string{plain, "Origin: https://live.example.com"}, 204},
		"another site":   {"POST", "/main/visit", good, []string{plain, "Sec-Fetch-Site: cross-site"}, 403},
		"a sister site":  {"POST", "/main/visit", good, []string{plain, "Sec-Fetch-Site: same-site"}, 403},
		"another origin": {"POST", "/main/visit", good, []string{plain, "Origin: https://evil.example"}, 403},
		"no origin":      {"POST", "/main/visit", good, []string{plain, "Origin: null"}, 403},
		"a form":         {"POST", "/main/visit", good, []string{"Content-Type: text/plain"}, 415},
		"no type":        {"POST", "/main/visit", good, nil, 415},
		"no JSON":        {"POST", "/main/visit", "visitor=" + name, []string{plain}, 400},
		"no name":        {"POST", "/main/visit", `{"visitor":"../../etc"}`, []string{plain}, 400},
		"nothing":        {"POST", "/main/visit", `{}`, []string{plain}, 400},
		"2 KiB":          {"POST", "/main/visit", `{"more":"` + strings.Repeat("a", 2<<10) + `","visitor":"` + name + `"}`, []string{plain}, 413},
		"GET":            {"GET", "/main/visit?visitor=" + name, "", nil, 405},
		"PUT":            {"PUT", "/main/visit", good, []string{plain}, 405},
		"no stream":      {"POST", "/nobody/visit", good, []string{plain}, 404},
	} {
		before := kept.visits()
		r := h.ask(tc.method, tc.path, tc.body, tc.header...)
		if r.StatusCode != tc.status || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is answered %d %v %s", what, r.StatusCode, r.Header, r.Body)
		}
		var problem struct{ Error string }
		if r.StatusCode != 204 && r.StatusCode != 404 && (json.Unmarshal([]byte(r.Body), &problem) != nil || problem.Error == "") {
			t.Errorf("%s is answered with %q", what, r.Body)
		}
		if got := kept.visits() - before; (got == 1) != (tc.status == 204) {
			t.Errorf("of %s %d visits are noted", what, got)
		}
	}
}

// ear is a server in front that hears all that browsers say.
type ear struct {
	*httptest.Server
	mu   sync.Mutex // guards said
	said []heard
}

type heard struct {
	Line, Body string
	Header     http.Header
}

func (h *house) overhear() *ear {
	e := &ear{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: h.url})
	proxy.FlushInterval = -1
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.said = append(e.said, heard{r.Method + " " + r.RequestURI, string(body), r.Header.Clone()})
		e.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	h.t.Cleanup(func() {
		e.CloseClientConnections()
		e.Close()
	})
	return e
}

// all is what has been said, from a place in it on.
func (e *ear) all(from int) []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]heard(nil), e.said[from:]...)
}

// anywhere tells whether a text was said in an address or a header, or in a body.
func anywhere(said []heard, text string) (open, body bool) {
	for _, s := range said {
		open = open || strings.Contains(s.Line, text)
		for _, values := range s.Header {
			open = open || strings.Contains(strings.Join(values, " "), text)
		}
		body = body || strings.Contains(s.Body, text)
	}
	return open, body
}

// The numbers of who watches and writes are said in bodies alone, and the server
// knows by them who comes back.
func TestNumbersOfViewersAreInNoAddress(t *testing.T) {
	_, h := chatting(t)
	e := h.overhear()
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(e.URL + "/main")
	tab.Until(`document.querySelector(".notice").textContent !== "" && document.querySelector(".count").textContent === "1"`)
	h.watch.Live("main", time.Now())
	eventually(t, "the visit is counted", func() bool { return h.audience().Joins == 1 })
	tab.Eval(`(() => { const f = document.querySelector(".post").elements; f.nickname.value = "Ana"; f.text.value = "Hello"; })()`, nil)
	tab.Click(`.post button[type="submit"]`)
	tab.Until(`document.querySelector(".log .said")?.textContent === "Hello"`)
	var secret struct{ Visitor, Viewer string }
	tab.Eval(`({ Visitor: localStorage.getItem("hawker.visitor"), Viewer: JSON.parse(localStorage.getItem("hawker.chat")).viewer })`, &secret)
	tab.Click(".erase")
	tab.Until(`document.querySelectorAll(".log li").length === 0`)
	h.watch.Live("main", time.Time{})
	tab.Until(`document.querySelector(".curtain .kicker").textContent.includes("Thank you")`)
	h.watch.Live("main", time.Now().Add(betweenShows+time.Minute))
	eventually(t, "the second visit is counted", func() bool { a := h.audience(); return a.Joins == 2 && a.Returning == 1 })
	tab.Go(e.URL + "/main") // once more, which is no other visit
	tab.Until(`document.querySelector(".count").textContent === "1" && performance.getEntriesByType("resource").some(e => e.name.endsWith("/visit"))`)
	said := e.all(0)
	for what, number := range map[string]string{"visitor": secret.Visitor, "viewer": secret.Viewer} {
		if len(number) < 20 {
			t.Fatalf("the %s's number is %q", what, number)
		}
		if open, body := anywhere(said, number); open || !body {
			t.Errorf("the %s's number is said in the open: %v, in a body: %v", what, open, body)
		}
	}
	if a := h.audience(); a.Joins != 2 || a.Returning != 1 {
		t.Errorf("the audience is %+v", a)
	}
}

// A viewer who does not want to be known again is not, and is counted as one more.
func TestOptOut(t *testing.T) {
	h := open(t, nil)
	e := h.overhear()
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(e.URL + "/main")
	tab.Until(`document.querySelector(".count").textContent === "1"`)
	var number string
	tab.Eval(`localStorage.getItem("hawker.visitor")`, &number)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(number) {
		t.Fatalf("the visitor's number is %q", number)
	}
	heard := func() (n int) {
		for _, s := range e.all(0) {
			if strings.HasPrefix(s.Line, "GET /main/events") {
				n++
			}
		}
		return n
	}
	connections := heard()
	tab.Click(".forget")
	eventually(t, "the page comes as nobody", func() bool { return heard() > connections })
	h.watch.Live("main", time.Now())
	eventually(t, "it is counted", func() bool { return h.audience().Joins == 1 })
	tab.Go(e.URL + "/main")
	tab.Until(`document.querySelector(".forget").getAttribute("aria-pressed") === "true" && document.querySelector(".forget").textContent === "Do not recognise me again"`)
	eventually(t, "it is counted anew", func() bool { return h.audience().Joins == 2 })
	if got := h.audience().Returning; got != 0 {
		t.Errorf("%d come back who do not want to be known", got)
	}
	if open, body := anywhere(e.all(0), number); open || body {
		t.Errorf("the number was said")
	}
	for _, s := range e.all(0) {
		if strings.HasPrefix(s.Line, "POST") {
			t.Errorf("the page said %s %s", s.Line, s.Body)
		}
	}
	var kept string
	if tab.Eval(`localStorage.getItem("hawker.visitor")`, &kept); kept != "none" {
		t.Errorf("the browser keeps %q", kept)
	}
}
