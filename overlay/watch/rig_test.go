package watch_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// answer is what the server says to a request.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       string
}

// get asks for a path as it stands, whatever a client would make of it.
func (h *house) get(method, path string, header ...string) answer {
	h.t.Helper()
	return h.ask(method, path, "", header...)
}

// visit tells who sees the broadcast, as a page does.
func (h *house) visit(visitor string, header ...string) {
	h.t.Helper()
	if r := h.ask("POST", "/main/visit", `{"visitor":"`+visitor+`"}`, append(header, "Content-Type: application/json")...); r.StatusCode != http.StatusNoContent || r.Body != "" {
		h.t.Fatalf("a visit is answered %d %s", r.StatusCode, r.Body)
	}
}

func (h *house) ask(method, path, body string, header ...string) answer {
	h.t.Helper()
	if body != "" {
		header = append(header, "Content-Length: "+strconv.Itoa(len(body)))
	}
	conn, err := net.Dial("tcp", h.url)
	must(h.t, err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: "+h.url+"\r\n"+strings.Join(append(header, "Connection: close"), "\r\n")+"\r\n\r\n"+body)
	must(h.t, err)
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	must(h.t, err)
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	must(h.t, err)
	return answer{r.StatusCode, r.Header, string(b)}
}

// page is an open page: what it is sent.
type page struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// told is what a state says.
type told struct {
	Page, Session string
	Since, Ended  int64
	Next, T       int64
	Offers        []struct {
		Run                      uint64
		ID, Title, Link, Image   string
		Price, CompareAt, Digits int64
		Starts, Ends             int64
		Stock                    *int64
		Disclosure               string
	}
	Banners []struct {
		Run        uint64
		Text, Link string
	}
	Over []struct {
		Run    uint64
		Reason string
	}
}

// come opens a page.
func (h *house) come(query string, header ...string) *page {
	h.t.Helper()
	p, err := h.try(query, header...)
	must(h.t, err)
	return p
}

func (h *house) try(query string, header ...string) (*page, error) {
	conn, err := net.Dial("tcp", h.url)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = io.WriteString(conn, "GET /main/events?"+query+" HTTP/1.1\r\nHost: "+h.url+"\r\n"+strings.Join(append(header, ""), "\r\n")+"\r\n")
	in := bufio.NewReader(conn)
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	h.t.Cleanup(func() {
		_ = conn.Close()
		_ = r.Body.Close()
	})
	if r.StatusCode != http.StatusOK {
		return nil, errors.New(r.Status)
	}
	return &page{h.t, conn, bufio.NewReader(r.Body)}, nil
}

func (p *page) leave() { _ = p.conn.Close() }

// event is the next one.
func (p *page) event() (name, data string, err error) {
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "event: "):
			name = line[7:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		case line == "":
			return name, data, nil
		}
	}
}

// state is the next state.
func (p *page) state() (s told) {
	p.t.Helper()
	for {
		name, data, err := p.event()
		must(p.t, err)
		if name == "state" {
			must(p.t, json.Unmarshal([]byte(data), &s))
			return s
		}
	}
}

// until is the first state that is as it should be.
func (p *page) until(what string, met func(told) bool) told {
	p.t.Helper()
	for range 20 {
		if s := p.state(); met(s) {
			return s
		}
	}
	p.t.Fatalf("never told: %s", what)
	return told{}
}

// eventually waits for what no event tells.
func eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// byHeader tells clients apart by a header, as addresses do.
func byHeader(r *http.Request) netip.Addr {
	addr, _ := netip.ParseAddr(r.Header.Get("X-Test-Address"))
	return addr
}

// series is the value of a metric.
func (h *house) series(name string) string {
	h.t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strings.TrimSpace(value)
		}
	}
	return "nothing"
}
