package chathttp_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
)

func TestConversation(t *testing.T) {
	h := open(t, nil)
	early, elsewhere := h.follow("main"), h.follow("second")
	early.next()
	elsewhere.next()
	id := newID()
	said := h.post(id, " Ana ", "Is it hot?", "192.0.2.1")
	if said.status != 201 || said.Nickname != "Ana" || said.Viewer == "" || said.header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(said.raw, id) {
		t.Fatalf("%+v", said)
	}
	message := strings.TrimSuffix(said.raw, "\n")
	early.wants("message", message)
	kind, data := h.follow("main").next()
	if kind != "room" || !strings.HasSuffix(data, `"host":"Lan","messages":[`+message+`]}`) {
		t.Errorf("who comes late gets %s %s", kind, data)
	}
	must(t, h.desk.Delete(t.Context(), "main", said.ID))
	early.wants("delete", fmt.Sprintf(`{"id":%d}`, said.ID))
	if gone := h.erase("second", id); gone.status != 204 {
		t.Errorf("an erasure: %d %s", gone.status, gone.raw)
	}
	early.wants("erase", `{"viewer":"`+said.Viewer+`"}`)
	_, err := h.desk.Set(t.Context(), "second", func(s *overlay.ChatSettings) { s.Enabled = false })
	must(t, err)
	elsewhere.wants("mode", `{"enabled":false,"slow_seconds":0}`)
}

func TestRefusals(t *testing.T) {
	h := open(t, func(c *chathttp.Config) { c.Origin = func() string { return "https://live.example.com" } })
	_, err := h.desk.Set(t.Context(), "main", func(s *overlay.ChatSettings) { s.SlowSeconds, s.BlockedWords = 300, []string{"scam"} })
	must(t, err)
	quick := newID()
	if r := h.post(quick, "Ana", "first", "192.0.2.1"); r.status != 201 {
		t.Fatal(r.raw)
	}
	body := func(nickname, text string) string {
		b, _ := json.Marshal(map[string]string{"viewer": newID(), "nickname": nickname, "text": text})
		return string(b)
	}
	const kind, plain = "Content-Type", "application/json"
	for name, tc := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		reason             string
	}{
		"slow":               {"POST", "/main/chat", `{"viewer":"` + quick + `","nickname":"Ana","text":"hi"}`, []string{kind, plain}, 429, "slow"},
		"host's name":        {"POST", "/main/chat", body("L a n", "hi"), []string{kind, plain}, 422, "name_taken"},
		"word":               {"POST", "/main/chat", body("Ana", "SC4M!"), []string{kind, plain}, 422, "words"},
		"long":               {"POST", "/main/chat", body("Ana", strings.Repeat("a", 301)), []string{kind, plain}, 422, "too_long"},
		"two lines":          {"POST", "/main/chat", body("Ana", "a\nb"), []string{kind, plain}, 400, "malformed"},
		"no viewer":          {"POST", "/main/chat", `{"nickname":"Ana","text":"hi"}`, []string{kind, plain}, 400, "malformed"},
		"no JSON":            {"POST", "/main/chat", `nickname=Ana`, []string{kind, plain}, 400, "malformed"},
		"a list":             {"POST", "/main/chat", `[]`, []string{kind, plain}, 400, "malformed"},
		"another field":      {"POST", "/main/chat", `{"role":"host"}`, []string{kind, plain}, 400, "malformed"},
		"two values":         {"POST", "/main/chat", body("Ana", "hi") + body("Ana", "hi"), []string{kind, plain}, 400, "malformed"},
		"a form":             {"POST", "/main/chat", body("Ana", "hi"), []string{kind, "text/plain"}, 415, "malformed"},
		"no type":            {"POST", "/main/chat", body("Ana", "hi"), nil, 415, "malformed"},
		"5 KiB":              {"POST", "/main/chat", body("Ana", strings.Repeat("a", 5<<10)), []string{kind, plain}, 413, "malformed"},
		"another site":       {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Sec-Fetch-Site", "cross-site"}, 403, ""},
		"a sister site":      {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Sec-Fetch-Site", "same-site"}, 403, ""},
		"another origin":     {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Origin", "https://evil.example"}, 403, ""},
		"no origin":          {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Origin", "null"}, 403, ""},
		"own origin":         {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Origin", "https://live.example.com", "X-Test-Address", "192.0.2.2"}, 201, ""},
		"own host":           {"POST", "/main/chat", body("Ana", "hi"), []string{kind, plain, "Origin", "http://shop.example", "Host", "shop.example", "X-Test-Address", "192.0.2.3"}, 201, ""},
		"no stream":          {"POST", "/third/chat", body("Ana", "hi"), []string{kind, plain}, 404, ""},
		"events of none":     {"GET", "/third/chat/events", "", nil, 404, ""},
		"events elsewhere":   {"GET", "/main/chat/events", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"erase elsewhere":    {"POST", "/main/chat/erase", `{"viewer":"` + newID() + `"}`, []string{kind, plain, "Sec-Fetch-Site", "cross-site"}, 403, ""},
		"erase, own origin":  {"POST", "/main/chat/erase", `{"viewer":"` + newID() + `"}`, []string{kind, plain, "Origin", "https://live.example.com"}, 204, ""},
		"erase by public id": {"POST", "/main/chat/erase", `{"viewer":"abcdefghijklmnop"}`, []string{kind, plain}, 400, "malformed"},
		"erase nobody":       {"POST", "/main/chat/erase", `{}`, []string{kind, plain}, 400, "malformed"},
		"erase by a form":    {"POST", "/main/chat/erase", `viewer=` + newID(), []string{kind, "application/x-www-form-urlencoded"}, 415, "malformed"},
		"erase, 5 KiB":       {"POST", "/main/chat/erase", `{"viewer":"` + strings.Repeat("a", 5<<10) + `"}`, []string{kind, plain}, 413, "malformed"},
		"GET erase":          {"GET", "/main/chat/erase", "", nil, 405, ""},
		"DELETE erase":       {"DELETE", "/main/chat/erase", "", nil, 405, ""},
		"erase by URL":       {"DELETE", "/main/chat/viewer/" + newID(), "", nil, 404, ""},
		"GET":                {"GET", "/main/chat", "", nil, 405, ""},
		"PUT":                {"PUT", "/main/chat/events", "", nil, 405, ""},
		"HEAD":               {"HEAD", "/main/chat/events", "", nil, 405, ""},
		"nothing":            {"GET", "/main/chat/else", "", nil, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.ask(tc.method, tc.path, tc.body, tc.header...)
			if r.status != tc.status || r.Reason != tc.reason || r.status >= 400 && r.Error == "" && tc.method != "HEAD" {
				t.Errorf("%d %s", r.status, r.raw)
			}
			if r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("other origins may read it")
			}
			if tc.reason == "slow" && (r.RetryAfter < 290 || r.header.Get("Retry-After") != fmt.Sprint(r.RetryAfter)) {
				t.Errorf("try again after %d s, %s", r.RetryAfter, r.header.Get("Retry-After"))
			}
		})
	}
}

// T37: what is script elsewhere is text here.
func TestScriptIsText(t *testing.T) {
	h := open(t, nil)
	r := h.follow("main")
	r.next()
	named := make(chan int, 100)
	all := payloads()
	for i, payload := range all {
		address := fmt.Sprintf("2001:db8:0:%x::1", i)
		go func() { named <- h.post(newID(), "<i>Ana</i>", payload, address).status }()
		go func() { named <- h.post(newID(), payload, "as nickname", address).status }() // too long, some of them
	}
	took := map[int]int{}
	for range 2 * len(all) {
		took[<-named]++
	}
	if took[201] < 52 || took[201]+took[422] != 100 {
		t.Errorf("answers by status: %v", took)
	}
	got := map[string]bool{}
	for range took[201] {
		kind, data := r.next()
		var m overlay.ChatMessage
		must(t, json.Unmarshal([]byte(data), &m))
		if kind != "message" || strings.ContainsAny(data, "<>&\u2028") {
			t.Errorf("on the wire: %s %s", kind, data)
		}
		got[m.Text] = true
	}
	for _, payload := range all {
		if !got[payload] {
			t.Errorf("%q did not come as it is", payload)
		}
	}
	if _, opening := h.follow("main").next(); strings.ContainsAny(opening, "<>&") {
		t.Error("the room has markup on the wire")
	}
}

// payloads are 50 ways to be script.
func payloads() []string {
	all := []string{
		`<script>alert(1)</script>`, `<ScRiPt src=//evil.example/x.js></sCrIpT>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<svg><script>alert&#40;1)</script>`,
		`"><script>alert(1)</script>`, `'><script>alert(1)</script>`, `</script><script>alert(1)</script>`, `</textarea><script>alert(1)</script>`, `</title><svg onload=alert(1)>`,
		`<a href="javascript:alert(1)">x</a>`, `javascript:alert(1)`, `JaVaScRiPt:alert(1)`, `data:text/html,<script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`,
		`<iframe src=javascript:alert(1)>`, `<object data=javascript:alert(1)>`, `<embed src=javascript:alert(1)>`, `<form action=javascript:alert(1)><button>`, `<input autofocus onfocus=alert(1)>`,
		`<details open ontoggle=alert(1)>`, `<video><source onerror=alert(1)>`, `<audio src=x onerror=alert(1)>`, `<body onload=alert(1)>`, `<marquee onstart=alert(1)>`,
		`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<style>@import'//evil.example/x.css'</style>`, `<link rel=stylesheet href=//evil.example>`, `<meta http-equiv=refresh content=0;url=//evil.example>`, `<base href=//evil.example/>`,
		`${alert(1)}`, `{{constructor.constructor('alert(1)')()}}`, `#{alert(1)}`, `<%= alert(1) %>`, `{{.}}`,
		`"onmouseover="alert(1)`, `' onmouseover='alert(1)`, "`onmouseover=alert(1)", `" style="background:url(javascript:alert(1))"`, `\"};alert(1);//`,
		`\u003cscript\u003ealert(1)\u003c/script\u003e`, `&lt;script&gt;alert(1)&lt;/script&gt;`, `%3Cscript%3Ealert(1)%3C/script%3E`, `＜script＞alert(1)＜/script＞`, `<<script>alert(1)//<</script>`,
		`<!--><script>alert(1)</script-->`, `<![CDATA[<script>alert(1)</script>]]>`, `]]><script>alert(1)</script>`, `event: room data: {"enabled":false}`, `<template><script>alert(1)</script></template>`,
	}
	if len(all) != 50 {
		panic(len(all))
	}
	return all
}

// T41: whatever strangers ask for, there are no more series.
func TestStrangersMakeNoSeries(t *testing.T) {
	h := open(t, nil)
	before := h.series()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 10_000 {
		name := fmt.Sprintf("%x", random.Uint64())
		method, path, body := "POST", "/"+name+"/chat", `{"viewer":"`+newID()+`","nickname":"`+name+`","text":"`+name+`"}`
		switch i % 4 {
		case 1:
			method, path = "GET", "/"+name+"/chat/events"
		case 2:
			path, body = "/main/chat", `{"viewer":"`+name+`","nickname":"`+name+`","text":"`+name+`"}`
		case 3:
			path = "/" + name + "/" + name
		}
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", name)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code < 400 {
			t.Fatalf("%s %s: %d", method, path, w.Code)
		}
	}
	if r := h.post(newID(), "Ana", "hi", "192.0.2.1"); r.status != 201 {
		t.Error("somebody who is no stranger: " + r.raw)
	}
	if after := h.series(); after != before {
		t.Errorf("%d series, and %d after what strangers did", before, after)
	}
}

func (h *hall) series() (n int) {
	families, err := h.metrics.Gather()
	must(h.t, err)
	for _, f := range families {
		n += len(f.Metric)
	}
	return n
}

func TestIncomplete(t *testing.T) {
	if _, err := chathttp.New(chathttp.Config{Desk: &chat.Desk{}}); err == nil {
		t.Error("no addresses")
	}
}

func TestChatEndsForReaders(t *testing.T) {
	h := open(t, nil)
	r := h.follow("main")
	r.next()
	must(t, h.desk.Apply(nil))
	begun := time.Now()
	if line, err := r.in.ReadString('\n'); err == nil {
		t.Errorf("more came: %q", line)
	}
	if took := time.Since(begun); took > patience/2 {
		t.Errorf("it took %v", took)
	}
}

// Whatever is posted, somebody is told what was wrong with it.
func FuzzPost(f *testing.F) {
	for _, body := range []string{
		`{"viewer":"AAAAAAAAAAAAAAAAAAAAAA","nickname":"Ana","text":"hi"}`, `{"viewer":1}`, `{}`, `null`, `[`, "", `{"text":"\ud800"}`, "{\"nickname\":\"\xff\"}", strings.Repeat("[", 4000),
	} {
		f.Add(body)
	}
	h := open(f, nil)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/main/chat", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		var answer reply
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%q is answered with %q", body, w.Body)
		}
		if w.Code == 500 || w.Code >= 400 && (answer.Error == "" || answer.Reason == "") {
			t.Fatalf("%q is answered with %d %s", body, w.Code, w.Body)
		}
	})
}
