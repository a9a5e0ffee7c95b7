package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
	"go.uber.org/goleak"
)

// patience is for everything that a test waits for.
const patience = 20 * time.Second

// output is what a command prints; tests wait for lines of it.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	fresh chan struct{} // closed at the next write
}

func newOutput() *output { return &output{fresh: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.fresh)
	o.fresh = make(chan struct{})
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns once text has been printed n times.
func (o *output) wait(ctx context.Context, t testing.TB, text string, n int) {
	t.Helper()
	for {
		o.mu.Lock()
		enough, fresh := strings.Count(o.text.String(), text) >= n, o.fresh
		o.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			t.Fatalf("%q was not printed %d times in time, but:\n%s", text, n, o)
		}
	}
}

// hawker is a running `hawker serve`.
type hawker struct {
	t        testing.TB
	ctx      context.Context // for what the test waits for
	conf     string          // the configuration's path
	out, log *output
	admin    string // host:port
	public   string
	rtmp     string
	stop     context.CancelFunc
	code     chan int
}

// serve runs `hawker serve` in this process with a configuration of one stream
// main with the key mainKey. ADMIN and PUBLIC in it stand for free addresses.
func serve(t testing.TB, yaml string) *hawker {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	h := &hawker{t: t, ctx: ctx, conf: filepath.Join(t.TempDir(), "hawker.yaml"), out: newOutput(), log: newOutput(), code: make(chan int, 1)}
	free := freeAddresses(t, 2)
	h.admin, h.public = free[0], free[1]
	h.write(yaml)
	h.start()
	return h
}

// resume serves again what one that has ended served.
func resume(t testing.TB, before *hawker) *hawker {
	t.Helper()
	h := &hawker{t: t, ctx: before.ctx, conf: before.conf, admin: before.admin, public: before.public, out: newOutput(), log: newOutput(), code: make(chan int, 1)}
	h.start()
	return h
}

// start runs the server until the test ends.
func (h *hawker) start() {
	t := h.t
	t.Helper()
	leaks := []goleak.Option{goleak.IgnoreCurrent(), // and what platforms start meanwhile, which end after the server
		goleak.IgnoreAnyFunction("github.com/hawker-live/hawker/relay/relaytest.(*Platform).accept"),
		goleak.IgnoreAnyFunction("github.com/hawker-live/hawker/relay/relaytest.(*Session).serve")}
	run1, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() {
		h.code <- run(run1, []string{"-c", h.conf, "serve", "--log-level", "debug"}, strings.NewReader(""), h.out, h.log)
	}()
	t.Cleanup(func() {
		h.end()
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, leaks...)
	})
	h.out.wait(h.ctx, t, "Config ", 1)
	if m := regexp.MustCompile(`rtmp://(127\.0\.0\.1:\d+)/live`).FindStringSubmatch(h.out.String()); m != nil {
		h.rtmp = m[1]
	}
}

// write puts the configuration's text in place, in one step.
func (h *hawker) write(yaml string) {
	h.t.Helper()
	text := strings.NewReplacer("ADMIN", h.admin, "PUBLIC", h.public).Replace(yaml)
	must(h.t, os.WriteFile(h.conf+".new", []byte(text), 0o600))
	must(h.t, os.Rename(h.conf+".new", h.conf))
}

// end stops the server and returns its exit code; -1 if it was ended before.
func (h *hawker) end() int {
	h.t.Helper()
	h.stop()
	select {
	case code, running := <-h.code:
		if running {
			close(h.code)
			return code
		}
	case <-time.After(patience):
		h.t.Fatalf("the server does not end:\n%s", h.log)
	}
	return -1
}

// command runs another command with the server's configuration.
func (h *hawker) command(stdin string, args ...string) (code int, out, errOut string) {
	return command(h.ctx, stdin, append([]string{"-c", h.conf}, args...)...)
}

func command(ctx context.Context, stdin string, args ...string) (code int, out, errOut string) {
	var o, e strings.Builder
	code = run(ctx, args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

// get returns the body of an answer of the admin server.
func (h *hawker) get(path string) string {
	h.t.Helper()
	return h.request(http.MethodGet, path, "", http.StatusOK)
}

func (h *hawker) request(method, path, token string, want int) string {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.ctx, method, "http://"+h.admin+path, nil)
	must(h.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(h.t, err)
	if resp.StatusCode != want {
		h.t.Fatalf("%s %s: %s, want %d\n%s", method, path, resp.Status, want, body)
	}
	return string(body)
}

// metric compares a metric's value.
func (h *hawker) metric(line string) {
	h.t.Helper()
	if text := h.get("/metrics"); !strings.Contains(text, "\n"+line+"\n") {
		name, _, _ := strings.Cut(line, " ")
		h.t.Errorf("/metrics has no line %q, but:\n%s", line, regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(name)+`.*`).FindString(text))
	}
}

// publish starts an encoder that sends a small stream until the test ends.
func (h *hawker) publish(key string) *relaytest.Encoder {
	h.t.Helper()
	return relaytest.StartEncoder(h.ctx, h.t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: "rtmp://" + h.rtmp + "/live", Key: secret.New(key)},
		Source: relaytest.Synthetic{FPS: 25, GOP: 400 * time.Millisecond, VideoBitrate: 400_000, BFrames: true}.Source(),
	})
}

// session waits for a platform's nth publisher and n messages from it.
func (h *hawker) session(p *relaytest.Platform, nth, n int) *relaytest.Session {
	h.t.Helper()
	s, err := p.WaitSession(h.ctx, nth)
	must(h.t, err)
	must(h.t, s.WaitMessages(h.ctx, n))
	return s
}

// whole says goodbye, waits until the session has all, and compares.
func (h *hawker) whole(e *relaytest.Encoder, sessions ...*relaytest.Session) {
	h.t.Helper()
	e.Stop()
	sent := e.Sent()
	for _, s := range sessions {
		must(h.t, s.WaitFor(h.ctx, sent[len(sent)-1].Hash))
		must(h.t, relaytest.Compare(sent, s.Messages()))
	}
}

// freeAddress is an address with a port that was free a moment ago.
func freeAddress(t testing.TB) string {
	t.Helper()
	return freeAddresses(t, 1)[0]
}

// freeAddresses are several, none of them twice.
func freeAddresses(t testing.TB, n int) (all []string) {
	t.Helper()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer func() { _ = ln.Close() }()
		all = append(all, ln.Addr().String())
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const mainKey = "main-key-for-the-encoder"

// mainYAML is a configuration with destinations at these platforms, named a, b
// and so on, with the keys key-of-a and so on.
func mainYAML(platforms ...*relaytest.Platform) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The relay of the tests.
ingest: {rtmp: "127.0.0.1:0"}
admin: {listen: "ADMIN"}
public: {listen: "PUBLIC", url: "http://PUBLIC"}
streams:
  - name: main # the one
    key: %s
    stop_grace: 0s
    destinations:
`, mainKey)
	for i, p := range platforms {
		name := string(rune('a' + i))
		fmt.Fprintf(&b, "      - {name: %s, url: %q, key: key-of-%s}\n", name, p.URL(), name)
	}
	return b.String()
}
