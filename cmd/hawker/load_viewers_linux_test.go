package main

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

const (
	viewers    = 400
	ramp       = 4 * time.Second
	partLength = 200 * time.Millisecond
	// What is promised of playlists, and of parts: 1.5 of their lengths.
	playlistGoal = 50 * time.Millisecond
	visibleGoal  = partLength * 3 / 2
)

// TestFourHundredViewersBesideNginx has the same crowd take a stream of 4 Mb/s
// from hawker as it appears, and then from nginx as files. What the machine and the
// crowd add to any answer is allowed for: how long nginx takes at p99, or a frame
// without a relay meanwhile.
func TestFourHundredViewersBesideNginx(t *testing.T) {
	require.Nightly(t)
	require.Program(t, "nginx")
	s := standAlone(t, 4*time.Minute, nil, "")
	e := relaytest.StartEncoder(s.ctx, t, relaytest.EncoderConfig{Target: s.target(), Source: relaytest.Synthetic{VideoBitrate: 4_000_000}.Source()})
	c, dir := s.crowd("main"), t.TempDir()
	before := s.goroutines()
	ctx, leave := context.WithCancel(s.ctx)
	defer leave()
	c.come(ctx, 1, 0, c.record(dir, math.MaxInt))
	c.come(ctx, viewers, ramp, c.follow)
	<-time.After(ramp)
	direct := yardstick(s.ctx, t)
	live := weigh(t, s.process, c, require.For(t, 25*time.Second))
	measure := direct()
	leave()
	c.group.Wait()
	c.clean(t)
	s.settle(before)
	e.Stop()
	parts, numbers := momentsOf(e.Sent()).parts(t, dir)
	lists, seen := waits(c.told, parts, live.begun)
	playlists, visible := spread(lists), spread(seen)
	t.Logf("hawker: %v; playlists %v; parts visible %v; a frame without a relay %v", live, playlists, visible, measure)

	files, answers := static(s.ctx, t, dir, "on", numbers)
	copied, _ := static(s.ctx, t, dir, "off", numbers)
	t.Logf("nginx: %v; playlists %v; without sendfile %v", files, answers, copied)
	t.Logf("for a GB hawker takes %.2f of the CPU of nginx, and %.2f of it without sendfile", live.perGB()/files.perGB(), live.perGB()/copied.perGB())
	spare := max(answers.P99, measure.P99)
	if playlists.P99 > playlistGoal+spare {
		t.Errorf("playlists %v, want %v and %v at most", playlists, playlistGoal, spare)
	}
	if visible.P99 > visibleGoal+spare {
		t.Errorf("parts are visible %v, want %v and %v at most", visible, visibleGoal, spare)
	}
	if want := viewers * int(live.took/partLength) * 3 / 4; visible.N < want {
		t.Errorf("parts were seen %d times, want %d", visible.N, want)
	}
	s.tellsNoKeys()
}

// static measures nginx with the files of a folder and a crowd. With sendfile it
// copies nothing; what hawker serves has never been in a file.
func static(ctx context.Context, t *testing.T, dir, sendfile string, numbers []uint64) (cost, relaytest.Latency) {
	t.Helper()
	p, address := startStatic(t, dir, sendfile)
	c := &crowd{address: address, folder: "/", faults: map[string]int{}}
	c.come(ctx, viewers, ramp, c.fetch(time.Now().Add(ramp), numbers))
	<-time.After(ramp)
	files := weigh(t, p, c, partLength*time.Duration(len(numbers)-1))
	c.group.Wait()
	c.clean(t)
	return files, asked(c.told)
}

// TestFourHundredFeeds is the same for the feed: one long answer for each viewer.
func TestFourHundredFeeds(t *testing.T) {
	require.Nightly(t)
	s := standAlone(t, 4*time.Minute, nil, "")
	e := relaytest.StartEncoder(s.ctx, t, relaytest.EncoderConfig{Target: s.target(), Source: relaytest.Synthetic{VideoBitrate: 4_000_000}.Source()})
	c := s.crowd("main")
	c.folder = "/main/"
	before := s.goroutines()
	ctx, leave := context.WithCancel(s.ctx)
	defer leave()
	c.come(ctx, viewers, ramp, c.take)
	<-time.After(ramp)
	seen := make(chan []arrival, 1)
	go func() {
		all, err := c.look(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a feed: %v", err)
		}
		seen <- all
	}()
	direct := yardstick(s.ctx, t)
	feeds := weigh(t, s.process, c, require.For(t, 20*time.Second))
	measure := direct()
	leave()
	c.group.Wait()
	c.clean(t)
	s.settle(before)
	e.Stop()
	m := momentsOf(e.Sent())
	var took []time.Duration
	for _, a := range <-seen {
		place, err := m.begins(a.moof)
		must(t, err)
		if sent := m.at[place]; sent.After(feeds.begun) && !a.at.IsZero() {
			took = append(took, a.at.Sub(sent))
		}
	}
	late := spread(took)
	t.Logf("hawker: %v; a frame is there after %v; without a relay %v", feeds, late, measure)
	if late.P99 > visibleGoal+measure.P99 {
		t.Errorf("a frame is there after %v, want %v and %v at most", late, visibleGoal, measure.P99)
	}
	if want := feeds.took.Seconds() * viewers * 4e6 / 8 * .9; float64(feeds.bytes) < want {
		t.Errorf("%d bytes came, want %.0f", feeds.bytes, want)
	}
}
