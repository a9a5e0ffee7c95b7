package chathttp_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(crowdURL) != "" {
		crowd()
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// hall is a chat that is served, as the program serves it.
type hall struct {
	t       testing.TB
	desk    *chat.Desk
	handler http.Handler
	url     string
	metrics *prometheus.Registry
	client  *http.Client
}

// open serves the chat of streams main and second. Viewers say themselves from
// which address they come.
func open(t testing.TB, change func(*chathttp.Config), with ...func(*chat.Config)) *hall {
	t.Helper()
	h := &hall{t: t, metrics: prometheus.NewRegistry(), client: &http.Client{Timeout: time.Minute}}
	room := chat.Config{Streams: []chat.Stream{{Name: "main", Host: "Lan"}, {Name: "second"}}, Registerer: h.metrics}
	for _, f := range with {
		f(&room)
	}
	var err error
	h.desk, err = chat.New(room)
	must(t, err)
	conf := chathttp.Config{Desk: h.desk, Address: func(r *http.Request) netip.Addr {
		addr, _ := netip.ParseAddr(r.Header.Get("X-Test-Address"))
		return addr
	}}
	if change != nil {
		change(&conf)
	}
	handler, err := chathttp.New(conf)
	must(t, err)
	h.handler = handler
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.desk.Run(ctx) }()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnContext = chathttp.ConnContext
	server.Start()
	h.url = server.URL
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
		h.client.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	<-h.desk.Ready()
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	raw    string
	overlay.ChatMessage
	Error      string `json:"error"`
	Reason     string `json:"reason"`
	RetryAfter int    `json:"retry_after"`
}

// ask makes a request, in any goroutine. header is name, value, ...
func (h *hall) ask(method, path, body string, header ...string) reply {
	h.t.Helper()
	r, err := h.try(method, path, body, header...)
	if err != nil {
		h.t.Errorf("%s %s: %v", method, path, err)
	}
	return r
}

func (h *hall) try(method, path, body string, header ...string) (r reply, err error) {
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		return r, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return r, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	r = reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &r)
	}
	return r, err
}

// post says something as a page does.
func (h *hall) post(id, nickname, text, address string) reply {
	h.t.Helper()
	body, _ := json.Marshal(map[string]string{"viewer": id, "nickname": nickname, "text": text}) // strings can be encoded
	return h.ask("POST", "/main/chat", string(body), "Content-Type", "application/json; charset=utf-8", "Sec-Fetch-Site", "same-origin", "X-Test-Address", address)
}

// erase takes back what was written with an id, as a page does.
func (h *hall) erase(stream, id string) reply {
	h.t.Helper()
	return h.ask("POST", "/"+stream+"/chat/erase", `{"viewer":"`+id+`"}`, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin")
}

// reader is a page that follows a chat.
type reader struct {
	t    testing.TB
	resp *http.Response
	in   *bufio.Reader
}

func (h *hall) follow(stream string) *reader {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	h.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", h.url+"/"+stream+"/chat/events", nil)
	must(h.t, err)
	resp, err := h.client.Do(req)
	must(h.t, err)
	h.t.Cleanup(func() { _ = resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		h.t.Fatalf("%s, %s", resp.Status, kind)
	}
	return &reader{h.t, resp, bufio.NewReader(resp.Body)}
}

// next is the type and the data of the next event, as it was on the wire.
func (r *reader) next() (kind, data string) {
	r.t.Helper()
	for {
		line, err := r.in.ReadString('\n')
		must(r.t, err)
		switch line = strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(line, "event: "):
			kind = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && kind != "beat":
			return kind, data
		}
	}
}

// wants compares the next event.
func (r *reader) wants(kind, data string) {
	r.t.Helper()
	if k, d := r.next(); k != kind || d != data {
		r.t.Fatalf("got %s %s, want %s %s", k, d, kind, data)
	}
}
