package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/relay/admin"
)

// stranger is a connection to where viewers come, by which paths go as they are.
type stranger struct {
	h    *hawker
	conn net.Conn
	in   *bufio.Reader
}

func (h *hawker) stranger() *stranger {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.public)
	must(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	return &stranger{h, conn, bufio.NewReader(conn)}
}

// head is that of an answer.
type head struct {
	status int
	header http.Header
}

// asks sends a request with JSON in it. Of an answer that goes on the head will do.
func (s *stranger) asks(method, path, body string, header ...string) head {
	s.h.t.Helper()
	must(s.h.t, s.conn.SetDeadline(time.Now().Add(patience)))
	_, err := fmt.Fprintf(s.conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
		method, path, s.h.public, len(body), strings.Join(append(header, ""), "\r\n"), body)
	must(s.h.t, err)
	resp, err := http.ReadResponse(s.in, &http.Request{Method: method})
	must(s.h.t, err)
	defer func() { _ = resp.Body.Close() }()
	got := head{resp.StatusCode, resp.Header}
	if resp.Close || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		_ = s.conn.Close()
		*s = *s.h.stranger()
		return got
	}
	_, err = io.Copy(io.Discard, resp.Body)
	must(s.h.t, err)
	return got
}

func chattingYAML() string {
	return strings.Replace(mainYAML(), "    stop_grace", "    chat: {host: Lan}\n    stop_grace", 1)
}

// T36: what viewers may do, other sites may not do for them, by whatever way and
// name; and what moderators do has no door where viewers come.
func TestOtherSitesDoNothing(t *testing.T) {
	h := serve(t, chattingYAML())
	const viewer = "S5n0x2n7u4W0gq3J1m9vBw"
	said := `{"viewer":"` + viewer + `","nickname":"Ana","text":"Hello"}`
	s := h.stranger()
	if r := s.asks("POST", "/main/chat", said, "Origin: http://"+h.public); r.status != http.StatusCreated {
		t.Fatalf("from the page it is answered %d", r.status)
	}
	public, err := chat.PublicID(viewer)
	must(t, err)
	own := "/api/v1/streams/main/chat"
	for _, route := range []struct{ path, body string }{
		{"/main/chat", said}, {"/main/chat/events", ""}, {"/main/chat/viewer/" + viewer, ""}, {"/main/chat/erase", `{"viewer":"` + viewer + `"}`},
		{"/main/events", ""}, {"/main/visit", `{"visitor":"0123456789abcdef0123456789abcdef"}`},
		{own, `{"text":"Hello"}`}, {own + "/messages/1", ""}, {own + "/settings", `{"enabled":false}`},
		{own + "/viewers/" + public, ""}, {own + "/viewers/" + public + "/mute", ""}, {own + "/viewers/" + public + "/ban", ""}, {own + "/viewers/" + public + "/unban", ""},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "JUNK"} {
			for _, path := range []string{route.path, "/" + route.path, strings.Replace(route.path, "/chat", "//chat", 1), strings.Replace(route.path, "chat", "%63hat", 1), "/x/%2e%2e" + route.path, "/x/.." + route.path, route.path + "/"} {
				for _, site := range []string{"Origin: https://evil.example\r\nCookie: a=b", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site\r\nAuthorization: Bearer x"} {
					r := s.asks(method, path, route.body, site)
					where := method + " " + path + " with " + site
					sees := r.status < 300 && (method == "GET" || method == "HEAD") && strings.HasPrefix(site, "Origin") && strings.HasSuffix(path, "/events") // no browser lets that site read it
					if location := r.header.Get("Location"); r.status < 300 && !sees || r.status >= 500 || strings.Contains(location, "evil") || strings.HasPrefix(location, "//") {
						t.Errorf("%s is answered %d, to %q", where, r.status, location)
					}
					if h := r.header; h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Set-Cookie") != "" {
						t.Errorf("%s is answered with %v", where, h)
					}
				}
			}
		}
	}
	h.does([]string{"chat", "show", "main"}, "is open: 0 read it, 0 blocked words", public+"  Ana: Hello\n$")
	h.metric(`hawker_chat_messages_total{stream="main"} 1`)
	h.metric(`hawker_watch_joins_total{stream="main"} 0`)
}

// T41: of whatever strangers make up, and moderators do to them, there are no more
// series.
func TestStrangersMakeNoSeriesAnywhere(t *testing.T) {
	h := serve(t, chattingYAML())
	token, err := admin.ReadToken(filepath.Join(filepath.Dir(h.conf), "hawker-data"))
	must(t, err)
	s := h.stranger()
	count := func() (n int) {
		for line := range strings.Lines(h.get("/metrics")) {
			if strings.HasPrefix(line, "hawker_") {
				n++
			}
		}
		return n
	}
	ask := func(i int) {
		name := fmt.Sprintf("%032x", i*7919)
		said, viewer := `{"viewer":"`+name+`","nickname":"`+name[10:]+`","text":"`+name+`"}`, `{"viewer":"`+name+`"}`
		for _, to := range []struct{ method, path, body string }{
			{"POST", "/main/chat", said}, {"POST", "/" + name + "/chat", said}, {"DELETE", "/main/chat/viewer/" + name, ""}, {"POST", "/main/chat/erase", viewer},
			{"POST", "/main/visit", `{"visitor":"` + name + `"}`}, {"GET", "/main/" + name, ""}, {"GET", "/" + name + "/events?visitor=" + name, ""},
			{"GET", "/main/replay/2026-01-01/" + name, ""}, {name[:20], "/main/chat", said},
		} {
			s.asks(to.method, to.path, to.body, "User-Agent: "+name, "Origin: http://"+h.public)
		}
		if i%10 == 0 {
			s.asks("GET", "/main/events?visitor="+name, "")
			s.asks("GET", "/main/chat/events", "")
		}
		if i%100 == 0 { // each waits for its transaction
			public, err := chat.PublicID(name)
			must(t, err)
			for _, what := range []string{"mute", "ban"} {
				h.request(http.MethodPost, "/api/v1/streams/main/chat/viewers/"+public+"/"+what, token.Reveal(), http.StatusOK)
			}
		}
	}
	ask(0)
	before := count()
	for i := range 1000 {
		ask(i + 1)
	}
	if more := count() - before; more > 10 {
		t.Errorf("there are %d more series", more)
	}
}
