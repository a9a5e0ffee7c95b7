package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// Nothing here changes anything, and nobody but the picture may be read from
// other sites.
func TestRoutesAreForReading(t *testing.T) {
	h := open(t, nil)
	version := strings.Split(h.get("GET", "/main").Body, "/watch/")[1][:12]
	for path, want := range map[string]struct {
		status int
		cors   string
	}{
		"/":                                  {200, ""},
		"/main":                              {200, ""},
		"/main/":                             {200, ""},
		"/main/embed":                        {200, ""},
		"/main/live.mp4":                     {200, "*"},
		"/main/index.m3u8":                   {200, "*"},
		"/main/hls/0123/part-1.m4s":          {200, "*"},
		"/watch/" + version + "/main.js":     {200, ""},
		"/watch/" + version + "/brand.css":   {200, ""},
		"/watch/old/main.js":                 {200, ""},
		"/watch/" + version + "/nothing.js":  {404, ""},
		"/watch/" + version + "/watch.html":  {404, ""},
		"/main/chat":                         {404, ""},
		"/main/nothing":                      {404, ""},
		"/main/hls":                          {404, ""},
		"/Main":                              {404, ""},
		"/nobody":                            {404, ""},
		"/nobody/events":                     {404, ""},
		"/nobody/live.mp4":                   {404, ""},
		"/nobody/embed":                      {404, ""},
		"/main%2fembed":                      {404, ""},
		"/main/%2e%2e/other":                 {404, ""},
		"/main/hls/%2e%2e/x":                 {404, ""},
		"/watch/" + version + "/%2e%2e%2fgo": {404, ""},
	} {
		r := h.get("GET", path, "Origin: https://evil.example", "Cookie: a=b")
		if r.StatusCode != want.status {
			t.Errorf("GET %s is answered %d, want %d", path, r.StatusCode, want.status)
		}
		if location := r.Header.Get("Location"); strings.HasPrefix(location, "//") || strings.Contains(location, "evil") {
			t.Errorf("GET %s leads to %s", path, location)
		}
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want.cors || r.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("GET %s may be read by %q, want %q", path, got, want.cors)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("GET %s has the headers %v", path, r.Header)
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "JUNK"} {
			if r := h.get(method, path, "Origin: null", "Content-Length: 0"); r.StatusCode < 400 {
				t.Errorf("%s %s is answered %d", method, path, r.StatusCode)
			}
		}
		if r := h.get("HEAD", path); r.StatusCode != want.status {
			t.Errorf("HEAD %s is answered %d, want %d", path, r.StatusCode, want.status)
		}
	}
	if r := h.get("HEAD", "/main/events"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET" {
		t.Errorf("HEAD of events is answered %d %v", r.StatusCode, r.Header)
	}
}

// TestRefusalsAreNotKept: a cache in front has each viewer ask for themselves.
func TestRefusalsAreNotKept(t *testing.T) {
	h := open(t, nil)
	for _, ask := range [][]string{
		{"HEAD", "/main/events"}, {"GET", "/main/events", "Sec-Fetch-Site: cross-site"}, {"GET", "/nobody/events"}, {"GET", "/nobody"},
		{"GET", "/main/visit"}, {"POST", "/main/visit", "Origin: https://evil.example", "Content-Length: 0"},
	} {
		if r := h.get(ask[0], ask[1], ask[2:]...); r.StatusCode < 400 || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v is answered %d %v", ask, r.StatusCode, r.Header)
		}
	}
}

// A page may be in the frames of those who may have it, and its policy knows no
// script but those of this server.
func TestPoliciesOfPages(t *testing.T) {
	h := open(t, nil)
	for path, frames := range map[string]string{
		"/": "'none'", "/main": "'none'", "/main/embed": "'none'", "/other": "'none'", "/nobody": "'none'",
		"/other/embed": "https://shop.example.com https://b.example",
	} {
		policy := h.get("GET", path).Header.Values("Content-Security-Policy")
		if len(policy) != 1 || !strings.HasSuffix(policy[0], "; frame-ancestors "+frames) {
			t.Errorf("%s has the policy %q, want frames of %s", path, policy, frames)
			continue
		}
		for _, word := range []string{"unsafe", "script-src *", "data:"} {
			if strings.Contains(policy[0], word) {
				t.Errorf("%s has the policy %q", path, policy[0])
			}
		}
		if !strings.Contains(policy[0], "default-src 'none'; script-src 'self'; style-src 'self'") {
			t.Errorf("%s has the policy %q", path, policy[0])
		}
	}
}

// payloads are what a page must show as text.
func payloads() []string {
	base := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</title><script>1</script>`, `{{.}}`, `{{printf "%s" .}}`,
		`javascript:alert(1)`, `" autofocus onfocus="alert(1)`, `' onmouseover='alert(1)`, "`${alert(1)}`", `</textarea><script>1</script>`, `<!--<script>`, `]]><script>1</script>`,
		`<a href="javascript:alert(1)">x</a>`, `<iframe srcdoc="<script>1</script>">`, `<style>@import'//evil.example'</style>`, `<base href=//evil.example>`,
		`<meta http-equiv=refresh content="0;url=javascript:1">`, `<math><mtext></mtext><script>1</script></math>`, `&lt;script&gt;`, `&#60;script&#62;`, `\u003cscript\u003e`, `%3Cscript%3E`,
		`<template><script>1</script></template>`, `<noscript><p title="</noscript><img src=x onerror=1>">`,
	}
	for _, p := range slices.Clone(base) {
		base = append(base, strings.ToUpper(p))
	}
	return base
}

// parsed is what a browser makes of a page.
type parsed struct {
	Elements int
	Wrong    []string
}

const parse = `(text => {
  const all = [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("*")];
  const wrong = all.flatMap(e => [...e.attributes].filter(a => /^on|^style$|^srcdoc$/i.test(a.name) || /^\s*javascript:/i.test(a.value) && /href|src/.test(a.name))
    .map(a => e.localName + " " + a.name + "=" + a.value));
  return { Elements: all.length, Wrong: wrong };
})`

// What hosts write is text on a page, whatever it is, as a real browser reads it.
func TestNamesAreNoScripts(t *testing.T) {
	h := open(t, nil)
	tab := browser.Start(t).Tab(t, 800, 600)
	elements := func(page string) (p parsed) {
		quoted, err := json.Marshal(page)
		must(t, err)
		tab.Eval(parse+"("+string(quoted)+")", &p)
		return p
	}
	settings := func(text string) watch.Settings {
		return watch.Settings{
			Brand:   watch.Brand{Name: cut(text, 60), Links: []watch.Link{{Text: cut(text, 40), URL: "https://a.example/?q=%22%3E"}}},
			Streams: []watch.Stream{{Name: "main", Title: text, Description: text, Retention: text, EmbedOrigins: []string{"*"}}, {Name: "other", Title: text}},
		}
	}
	must(t, h.watch.Apply(settings("plain")))
	plain := map[string]int{}
	for _, path := range []string{"/", "/main", "/main/embed"} {
		plain[path] = elements(h.get("GET", path).Body).Elements
	}
	for _, text := range payloads() {
		must(t, h.watch.Apply(settings(text)))
		for path, want := range plain {
			if got := elements(h.get("GET", path).Body); got.Elements != want || len(got.Wrong) > 0 {
				t.Errorf("with %q %s has %d elements, want %d, and the attributes %q", text, path, got.Elements, want, got.Wrong)
			}
		}
	}
	tab.Go(h.page("/main"))
	for i, text := range payloads() {
		o := honey()
		o.ID, o.Image, o.Title, o.CTA = "x", "", cut(text, 100), cut(text, 30)
		if i == 0 {
			h.sell(o)
		} else {
			h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.PutOffer(o, now) })
		}
		quoted, err := json.Marshal(o.Title)
		must(t, err)
		tab.Until(`document.querySelector(".list .title")?.textContent === ` + string(quoted))
		var odd int
		if tab.Eval(`document.querySelectorAll(".list .title *, .list .buy *, #say *").length`, &odd); odd > 0 {
			t.Errorf("%q makes elements in the list", text)
		}
	}
	if problems := tab.Problems(); len(problems) > 0 {
		t.Errorf("the page says %q", problems)
	}
}

func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// Settings that would break a page are refused, all at once.
func TestSettingsAreChecked(t *testing.T) {
	_, err := watch.New(watch.Config{})
	if err == nil {
		t.Error("nothing is enough")
	}
	h := open(t, nil)
	for _, name := range append(watch.Reserved(), "Watch", "O", "", "a b", "../x", "a.b", strings.Repeat("a", 65)) {
		if h.watch.Apply(watch.Settings{Streams: []watch.Stream{{Name: name}}}) == nil {
			t.Errorf("a stream may be called %q", name)
		}
	}
	for what, s := range map[string]watch.Settings{
		"https://live":  {URL: "javascript:1"},
		"#d9134a":       {Brand: watch.Brand{Accent: "red;}body{display:none"}},
		"logo":          {Brand: watch.Brand{Logo: "../../etc/passwd"}},
		"http":          {Brand: watch.Brand{Links: []watch.Link{{Text: "x", URL: "javascript:alert(1)"}}}},
		"1 to 40":       {Brand: watch.Brand{Links: []watch.Link{{URL: "https://a.example"}}}},
		"two pages":     {Streams: []watch.Stream{{Name: "a"}, {Name: "a"}}},
		"poster":        {Streams: []watch.Stream{{Name: "a", Poster: "/x.png"}}},
		"embed origin":  {Streams: []watch.Stream{{Name: "a", EmbedOrigins: []string{"https://a.example; script-src *"}}}},
		"such as https": {Streams: []watch.Stream{{Name: "a", EmbedOrigins: []string{"https://a.example/path"}}}},
		"or * for all":  {Streams: []watch.Stream{{Name: "a", EmbedOrigins: []string{"'self'"}}}},
	} {
		if err := h.watch.Apply(s); err == nil || !strings.Contains(err.Error(), what) && !strings.Contains(err.Error(), "write https") {
			t.Errorf("%+v is answered %v, want a word of %q", s, err, what)
		}
	}
	if got := h.get("GET", "/main").StatusCode; got != http.StatusOK {
		t.Errorf("after refused settings the page answers %d", got)
	}
}

// Ten thousand paths find nothing that there is not, and leave no series.
func TestPathsFindNothingElse(t *testing.T) {
	h := open(t, nil)
	before := h.seriesCount()
	pieces := []string{"..", "%2e%2e", "%2e%2e%2f", "..%5c", "\\", "%00", "main", "embed", "watch", "live.mp4", "page", "etc", "passwd", "server.go", "page.go", "ü%20x", strings.Repeat("a", 300), "watch.html", "%252e%252e", ".", ";", "?", "main.js"}
	handler := h.web.Handler()
	for range 10_000 {
		var path strings.Builder
		for range 1 + rand.IntN(5) {
			path.WriteString("/" + pieces[rand.IntN(len(pieces))])
		}
		u, err := url.ParseRequestURI(path.String())
		if err != nil {
			continue
		}
		w := httptest.NewRecorder()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // events are not waited for
		handler.ServeHTTP(w, (&http.Request{Method: "GET", URL: u, Host: h.url, RemoteAddr: "192.0.2.1:1", Header: http.Header{"User-Agent": {path.String()}}}).WithContext(ctx))
		text := w.Body.String()
		if strings.Contains(text, "package watch") || strings.Contains(text, "{{") || strings.Contains(text, "root:") {
			t.Fatalf("%s shows a file", path.String())
		}
		if location := w.Header().Get("Location"); strings.HasPrefix(location, "//") {
			t.Fatalf("%s leads to %s", path.String(), location)
		}
	}
	if more := h.seriesCount() - before; more > 10 {
		t.Errorf("there are %d more series", more)
	}
}

// seriesCount is how many series of metrics there are.
func (h *house) seriesCount() (n int) {
	h.t.Helper()
	families, err := h.metrics.Gather()
	must(h.t, err)
	for _, f := range families {
		n += len(f.GetMetric())
	}
	return n
}

// What previews, programs and readers of the page find in it.
func TestPageSaysWhatItIs(t *testing.T) {
	h := open(t, nil)
	must(t, h.watch.Apply(watch.Settings{
		URL:   "https://live.example.com",
		Brand: watch.Brand{Name: "Lan’s Kitchen", Logo: "logo.png", Accent: "#ff0", Header: "#123456"},
		Streams: []watch.Stream{{Name: "main", Title: "Autumn tasting", Description: "Honey and jams", Poster: "a b.jpg",
			StartsAt: time.UnixMilli(1900000000000)}},
	}))
	page := h.get("GET", "/main").Body
	for _, want := range []string{
		`<title lang="en">Autumn tasting · Lan’s Kitchen</title>`, `property="og:image" content="https://live.example.com/images/a%20b.jpg"`,
		`property="og:url" content="https://live.example.com/main"`, `data-starts="1900000000000"`, `<img src="/images/logo.png"`, `content="Honey and jams"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	version := strings.Split(page, "/watch/")[1][:12]
	css := h.get("GET", "/watch/"+version+"/brand.css").Body
	for _, want := range []string{"--accent: #ff0;", "--on-accent: #000;", "--header: #123456;", "--on-header: #fff;"} {
		if !strings.Contains(css, want) {
			t.Errorf("the brand's style lacks %s", want)
		}
	}
	if r := h.get("GET", "/watch/"+version+"/brand.css"); r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("a style may be kept: %s", r.Header.Get("Cache-Control"))
	}
	if r := h.get("GET", "/watch/old/brand.css"); r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("one under an old address, too: %s", r.Header.Get("Cache-Control"))
	}
	if embed := h.get("GET", "/main/embed").Body; strings.Contains(embed, `class="chat"`) || !strings.Contains(embed, "data-embed") {
		t.Error("the page for frames has more than the picture")
	}
	if json.Valid([]byte(page)) || strings.Contains(page, "<script>") {
		t.Error("there is a script within the page")
	}
}

// Parts get what is below their names, for streams that have a page.
func TestParts(t *testing.T) {
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, r.Method, " ", r.PathValue("stream"), " ", r.URL.Path)
		})}
	})
	if got := h.get("POST", "/main/chat", "Content-Length: 0").Body; got != "POST main /main/chat" {
		t.Errorf("the part was asked for %q", got)
	}
	if got := h.get("GET", "/main/chat/events").Body; got != "GET main /main/chat/events" {
		t.Errorf("the part was asked for %q", got)
	}
	if got := h.get("POST", "/nobody/chat", "Content-Length: 0").StatusCode; got != http.StatusNotFound {
		t.Errorf("the part of a stream that has no page answers %d", got)
	}
	for _, name := range []string{"events", "embed", "hls", ""} {
		if _, err := watch.New(watch.Config{Show: h.show, Links: h.web, Media: func(string) http.Handler { return nil }, Parts: map[string]http.Handler{name: nil}}); err == nil {
			t.Errorf("a part may be called %q", name)
		}
	}
}
