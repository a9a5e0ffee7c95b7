package playback_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/prometheus/client_golang/prometheus"
)

// TestViewersWhoTakeNothingAreCut has viewers stop to read, of the feed and of a
// part, while another one plays on.
func TestViewersWhoTakeNothingAreCut(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	const patience = 500 * time.Millisecond
	g := raise(t, func(c *playback.Config) { c.WriteTimeout, c.Metrics = patience, playback.NewMetrics(registry) })
	url := serve(t, g)
	g.play(relaytest.Synthetic{VideoBitrate: 40_000_000}.Source())
	waitLive(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/live.mp4", nil)
	must(t, err)
	good, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { _ = good.Body.Close() }()
	go func() { _, _ = io.Copy(io.Discard, good.Body) }()

	const bad = 5
	for range bad {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		must(t, err)
		defer func() { _ = c.Close() }()
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		_, err = fmt.Fprintf(c, "GET /live.mp4 HTTP/1.1\r\nHost: x\r\n\r\n")
		must(t, err)
		_, err = bufio.NewReaderSize(c, 16).ReadString('\n')
		must(t, err)
	}
	await(t, 5*time.Second, "all are there", func() bool { return gauges(t, registry)["hawker_playback_feeds"] == bad+1 })
	await(t, 20*time.Second, "only who reads is left", func() bool { return gauges(t, registry)["hawker_playback_feeds"] == 1 })
	before := gauges(t, registry)["hawker_playback_sent_bytes_total"]
	await(t, 5*time.Second, "who reads gets more", func() bool { return gauges(t, registry)["hawker_playback_sent_bytes_total"] > before+1e6 })
}

// TestFeedEndsWithItsConnection sees a show to its end over a socket.
func TestFeedEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	g := raise(t)
	url := serve(t, g)
	g.encoders.Go(func() {
		_ = run(g.out, &until{lively.Source(), 3 * time.Second})
		g.stream.End()
	})
	waitLive(t, g)
	resp, err := http.Get(url + "/live.mp4")
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !resp.Close || resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 {
		t.Errorf("%v; %v, %d bytes, close: %v", err, resp.TransferEncoding, resp.ContentLength, resp.Close)
	}
	samples, _ := unwrap(t, body)
	if last := samples[len(samples)-1].dts; last < 2900*time.Millisecond {
		t.Errorf("the last that came is at %v", last)
	}
}

// await waits for what only looking again can tell.
func await(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for late := time.After(limit); !done(); {
		select {
		case <-ticker.C:
		case <-late:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
