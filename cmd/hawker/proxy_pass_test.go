package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestEventsPassAPlainProxy reads events by way of an nginx that is told nothing
// of them, and by default speaks HTTP/1.0, keeps what comes in buffers and changes
// the Host.
func TestEventsPassAPlainProxy(t *testing.T) {
	h, f := serveBehind(t)
	plain := "http://" + f.plain + "/main/"
	f.listen(h.ctx, plain+"events")("event: state")
	comes := f.listen(h.ctx, plain+"chat/events")
	comes("event: room")
	said := f.send(h.ctx, f.client(), http.MethodPost, plain+"chat", `{"viewer":"S5n0x2n7u4W0gq3J1m9vBw","nickname":"Ana","text":"Is it hot?"}`,
		"Content-Type", "application/json", "Origin", f.url())
	if said.StatusCode != http.StatusCreated {
		t.Fatalf("a message is answered %s: %s", said.Status, said.body)
	}
	comes("Is it hot?")
}

// listen opens a stream of events, and returns what waits for a line of it.
func (f *front) listen(ctx context.Context, url string) (comes func(text string)) {
	f.t.Helper()
	lines := bufio.NewScanner(f.open(ctx, url))
	return func(text string) {
		f.t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		f.t.Fatalf("%s: %q does not come: %v", url, text, lines.Err())
	}
}

// TestFeedPassesAPlainProxy has an encoder stand still: what it has sent by then
// must have come, by way of a proxy too.
func TestFeedPassesAPlainProxy(t *testing.T) {
	h, f := serveBehind(t)
	e := h.publish(mainKey)
	direct := &hlsViewer{client: f.client(), base: "http://" + h.public + "/main"}
	until(h.ctx, t, "a picture", func() bool { return direct.begin(h.ctx) == nil })
	var came []*output
	for _, address := range []string{h.public, f.plain} {
		feed, out := f.open(h.ctx, "http://"+address+"/main/live.mp4"), newOutput()
		came = append(came, out)
		go func() { _, _ = io.Copy(out, feed) }()
	}
	end := func(o *output) string { // enough that no other end is like it
		text := o.String()
		return text[max(0, len(text)-1000):]
	}
	until(h.ctx, t, "some seconds of the feed", func() bool { return len(came[1].String()) > 100_000 })
	e.Pause()
	until(h.ctx, t, "the newest picture by way of the proxy", func() bool { return end(came[0]) == end(came[1]) })
}

// open asks for what goes on until the test ends.
func (f *front) open(ctx context.Context, url string) io.Reader {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	must(f.t, err)
	resp, err := f.client().Do(req)
	must(f.t, err)
	f.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp.Body
}

// TestProxyLogKeepsKeys looks for the key of an overlay in the log of nginx, as the
// example configures it.
func TestProxyLogKeepsKeys(t *testing.T) {
	h, f := serveBehind(t)
	const key = "S5n0x2n7u4W0gq3J1m9vBw"
	f.ask(h.ctx, http.MethodGet, f.url()+"/overlay/main?key="+key)
	f.ask(h.ctx, http.MethodGet, f.url()+"/main?key="+key)
	var log []byte
	until(h.ctx, t, "both in the log", func() bool {
		log, _ = os.ReadFile(f.log)
		return strings.Count(string(log), "\n") == 2
	})
	if strings.Contains(string(log), key) {
		t.Errorf("the log has the key:\n%s", log)
	}
}
