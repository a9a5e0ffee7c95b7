package playback_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// crowd is many players of low-latency HLS that do nothing but fetch.
type crowd struct {
	url string // of the folder

	mu      sync.Mutex // guards the rest
	plain   []time.Duration
	visible []time.Duration // from the last frame's arrival to the playlist's that has its part
	parts   int
	bytes   int64
	errors  map[string]int
}

// edge is where a playlist ends.
type edge struct {
	segment, part int
	end           time.Time // of the newest part, on the wall clock
	hint          string
}

// edgeOf looks at the end of a playlist only, as a crowd must.
func edgeOf(text string) (e edge, err error) {
	number := func(tag string) int {
		_, rest, found := strings.Cut(text, tag)
		if !found {
			return 0
		}
		line, _, _ := strings.Cut(rest, "\n")
		n, _ := strconv.Atoi(line)
		return n
	}
	e.segment = number("#EXT-X-MEDIA-SEQUENCE:") + number("#EXT-X-SKIP:SKIPPED-SEGMENTS=") + strings.Count(text, "#EXTINF:")
	if i := strings.LastIndex(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\""); i >= 0 {
		e.hint, _, _ = strings.Cut(text[i+len("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\""):], "\"")
	} else {
		return e, errors.New("a playlist without a hint")
	}
	date := text[strings.LastIndex(text, "#EXT-X-PROGRAM-DATE-TIME:")+len("#EXT-X-PROGRAM-DATE-TIME:"):]
	line, tail, _ := strings.Cut(date, "\n")
	if e.end, err = time.Parse(time.RFC3339, line); err != nil {
		return e, err
	}
	open := !strings.Contains(tail, "#EXTINF:")
	for _, line := range strings.Split(tail, "\n") {
		if rest, is := strings.CutPrefix(line, "#EXT-X-PART:DURATION="); is {
			seconds, _, _ := strings.Cut(rest, ",")
			f, err := strconv.ParseFloat(seconds, 64)
			if err != nil {
				return e, err
			}
			e.end = e.end.Add(time.Duration(f * float64(time.Second)))
			if open {
				e.part++
			}
		}
	}
	return e, nil
}

func (c *crowd) get(ctx context.Context, client *http.Client, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, resp.Body)
		return "", fmt.Errorf("%s: %s", strings.TrimRight(path, "0123456789"), resp.Status)
	}
	if !strings.HasPrefix(path, "stream.m3u8") {
		n, err := io.Copy(io.Discard, resp.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parts++
		c.bytes += n
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// watch plays until all ends. Each has connections and a context of its own, since
// they would wait for each other at what they share.
func (c *crowd) watch(all context.Context, number int) {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	ctx, cancel := context.WithCancel(context.WithoutCancel(all))
	defer context.AfterFunc(all, cancel)()
	defer cancel()
	var parts sync.WaitGroup
	defer parts.Wait()
	var e edge
	for round := 0; ctx.Err() == nil; round++ {
		path := "stream.m3u8"
		plain := round%25 == number%25
		if !plain && round > 0 {
			path = fmt.Sprintf("stream.m3u8?_HLS_msn=%d&_HLS_part=%d&_HLS_skip=YES", e.segment, e.part)
		}
		began := time.Now()
		text, err := c.get(ctx, client, path)
		now := time.Now()
		if err == nil {
			e, err = edgeOf(text)
		}
		if err != nil {
			c.note(ctx, err)
			continue
		}
		c.mu.Lock()
		if plain {
			c.plain = append(c.plain, now.Sub(began))
		} else if round > 0 {
			c.visible = append(c.visible, now.Sub(e.end.Add(-time.Second/30)))
		}
		c.mu.Unlock()
		if !plain {
			parts.Wait()
			hint := e.hint
			parts.Go(func() {
				if _, err := c.get(ctx, client, hint); err != nil {
					c.note(ctx, err)
				}
			})
		}
	}
}

func (c *crowd) note(ctx context.Context, err error) {
	if ctx.Err() == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.errors[err.Error()]++
	}
}

func percentile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(float64(len(all))*p))]
}

// cpu is what this process has used of the processors.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// gather lets n viewers watch a stream of 4 Mb/s for a while, and tells how it
// was. Encoder, playback and viewers are in this process.
func gather(t *testing.T, n int, length time.Duration) *crowd {
	t.Helper()
	g := raise(t)
	url := serve(t, g)
	g.play(relaytest.Synthetic{VideoBitrate: 4_000_000}.Source())
	waitLive(t, g)
	c := &crowd{url: url + g.session(), errors: map[string]int{}}
	if _, err := c.get(t.Context(), http.DefaultClient, "stream.m3u8"); err != nil { // there is a whole segment from here on
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	used, began := cpu(), time.Now()
	for i := range n {
		all.Go(func() { c.watch(ctx, i) })
	}
	<-time.After(length)
	used, took := cpu()-used, time.Since(began)
	cancel()
	all.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("%d viewers for %v: %d parts, %.0f Mb/s, %.0f %% of a core for viewers and server; playlists p50 %v p99 %v; parts visible after p50 %v p99 %v; errors %v",
		n, took.Round(time.Second), c.parts, float64(c.bytes)*8/1e6/took.Seconds(), 100*used.Seconds()/took.Seconds(),
		percentile(c.plain, 0.5), percentile(c.plain, 0.99), percentile(c.visible, 0.5), percentile(c.visible, 0.99), c.errors)
	leave(t, before)
	return c
}

// leave waits until goroutines are back to what they were (T29).
func leave(t *testing.T, before int) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for late := time.After(3 * time.Second); runtime.NumGoroutine() > before+5; {
		select {
		case <-ticker.C:
		case <-late:
			t.Fatalf("%d goroutines before, %d when all viewers had left", before, runtime.NumGoroutine())
		}
	}
}

func (c *crowd) check(t *testing.T, viewers int, length, playlist, visible time.Duration) {
	t.Helper()
	if len(c.errors) > 0 {
		t.Errorf("errors: %v", c.errors)
	}
	if p := percentile(c.plain, 0.99); p > playlist {
		t.Errorf("playlist p99 is %v, want %v", p, playlist)
	}
	if p := percentile(c.visible, 0.99); p > visible {
		t.Errorf("parts are visible after %v at p99, want %v", p, visible)
	}
	if least := viewers * int(length/partLength) * 3 / 4; c.parts < least {
		t.Errorf("%d parts were fetched, want %d", c.parts, least)
	}
}

const partLength = 200 * time.Millisecond

// TestViewersComeAndGo is a small crowd on real sockets. When what comes is
// looked at in the long test below, and in TestReloadWaitsForWhatItAsks: here the
// machine may be busy with anything.
func TestViewersComeAndGo(t *testing.T) {
	const viewers, length = 20, 3 * time.Second
	c := gather(t, viewers, length)
	if len(c.errors) > 0 || c.parts < viewers {
		t.Errorf("%d parts, errors %v", c.parts, c.errors)
	}
}

// TestFourHundredViewers is T3's part for playback: playlists within 50 ms, parts
// visible within 1.5 of their lengths after the last frame, no error.
func TestFourHundredViewers(t *testing.T) {
	require.Nightly(t)
	length := require.For(t, time.Minute)
	gather(t, 400, length).check(t, 400, length, 50*time.Millisecond, partLength*3/2)
}
