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
// from hawker as it appears, and then from nginx as files. How long nginx takes at
// p99 is what the machine and the crowd add to any answer, and allowed for.
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
	live := weigh(t, s.process, c, require.For(t, 25*time.Second))
	leave()
	c.group.Wait()
	c.clean(t)
	s.settle(before)
	e.Stop()
	parts, numbers := momentsOf(e.Sent()).parts(t, dir)
	lists, seen := waits(c.told, parts, live.begun)
	playlists, visible := spread(lists), spread(seen)
	t.Logf("hawker: %v; playlists %v; parts visible %v", live, playlists, visible)

	files, answers := static(s.ctx, t, dir, numbers)
	t.Logf("nginx: %v; playlists %v; hawker takes %.2f of its CPU for a GB", files, answers, live.perGB()/files.perGB())
	if playlists.P99 > playlistGoal+answers.P99 {
		t.Errorf("playlists %v, and files of nginx %v; want %v more at most", playlists, answers, playlistGoal)
	}
	if visible.P99 > visibleGoal+answers.P99 {
		t.Errorf("parts are visible %v, and files of nginx %v; want %v more at most", visible, answers, visibleGoal)
	}
	if want := viewers * int(live.took/partLength) * 3 / 4; visible.N < want {
		t.Errorf("parts were seen %d times, want %d", visible.N, want)
	}
	s.tellsNoKeys()
}

// static measures nginx with the files of a folder and a crowd.
func static(ctx context.Context, t *testing.T, dir string, numbers []uint64) (cost, relaytest.Latency) {
	t.Helper()
	p, address := startStatic(t, dir)
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
	feeds := weigh(t, s.process, c, require.For(t, 20*time.Second))
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
	t.Logf("hawker: %v; a frame is there %v after it was sent", feeds, late)
	if late.P99 > visibleGoal {
		t.Errorf("a frame is there %v after it was sent, want %v", late, visibleGoal)
	}
	if want := feeds.took.Seconds() * viewers * 4e6 / 8 * .9; float64(feeds.bytes) < want {
		t.Errorf("%d bytes came, want %.0f", feeds.bytes, want)
	}
}
