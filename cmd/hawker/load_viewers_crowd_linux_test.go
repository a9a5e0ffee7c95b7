package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowd is many players that do nothing but fetch.
type crowd struct {
	address string // host:port
	folder  string // of the files, with a slash at either end
	bytes   atomic.Int64
	group   sync.WaitGroup

	mu     sync.Mutex // guards the rest
	told   []listing
	faults map[string]int
}

// listing is a playlist's answer: which parts were new in it.
type listing struct {
	first, last uint64
	asked, at   time.Time
}

// come has n viewers come within some time; each does the same on a connection of
// its own until ctx ends.
func (c *crowd) come(ctx context.Context, n int, within time.Duration, watch func(context.Context, *wire) error) {
	for i := range n {
		c.group.Go(func() {
			select {
			case <-time.After(within * time.Duration(i) / time.Duration(n)):
			case <-ctx.Done():
				return
			}
			w, hangUp, err := dialWire(ctx, c.address)
			if err == nil {
				defer hangUp()
				err = watch(ctx, w)
			}
			if err != nil && ctx.Err() == nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.faults[err.Error()]++
			}
		})
	}
}

// follow is a player of low-latency HLS: it asks for the playlist that has the
// next part, and then for the part.
func (c *crowd) follow(ctx context.Context, w *wire) error {
	return c.followInto(ctx, w, func(_ uint64, length int) error { return w.skip(length) }, nil)
}

// record is follow that keeps the parts, or the beginnings of them, and the last
// playlist in a folder.
func (c *crowd) record(dir string, most int) func(context.Context, *wire) error {
	keep := func(name string, text []byte) error {
		return os.WriteFile(filepath.Join(dir, name), text[:min(most, len(text))], 0o600)
	}
	return func(ctx context.Context, w *wire) error {
		return c.followInto(ctx, w, func(number uint64, length int) error {
			text, err := w.read(length)
			if err != nil {
				return err
			}
			return keep(partName(number), text)
		}, func(text []byte) error { return keep("stream.m3u8", text) })
	}
}

func partName(number uint64) string { return fmt.Sprintf("part-%d.m4s", number) }

func (c *crowd) followInto(ctx context.Context, w *wire, part func(uint64, int) error, playlist func([]byte) error) error {
	var told []listing
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told = append(c.told, told...)
	}()
	question := ""
	var now edge
	for ctx.Err() == nil {
		asked := time.Now()
		length, err := w.ask(c.folder + "stream.m3u8" + question)
		if err != nil {
			return err
		}
		text, err := w.read(length)
		if err != nil {
			return err
		}
		at, before := time.Now(), now
		if now, err = edgeOf(text); err != nil {
			return err
		}
		c.bytes.Add(int64(length))
		if playlist != nil {
			err = playlist(text)
		}
		if question == "" {
			before = now
		}
		told = append(told, listing{before.next, now.next - 1, asked, at})
		for n := before.next; n < now.next && err == nil; n++ {
			if length, err = w.ask(c.folder + partName(n)); err == nil {
				err = part(n, length)
				c.bytes.Add(int64(length))
			}
		}
		if err != nil {
			return err
		}
		question = fmt.Sprintf("?_HLS_msn=%d&_HLS_part=%d&_HLS_skip=YES", now.segment, now.part)
	}
	return nil
}

// edge is where a playlist ends: the part that is next, and the segment and the
// place in it where that will be.
type edge struct{ next, segment, part uint64 }

// edgeOf looks at no more of a playlist than a crowd can.
func edgeOf(text []byte) (e edge, err error) {
	number := func(tag string) (n uint64) {
		_, rest, _ := bytes.Cut(text, []byte(tag))
		for ; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; rest = rest[1:] {
			n = n*10 + uint64(rest[0]-'0')
		}
		return n
	}
	e.next = number(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-`)
	whole := []byte("#EXTINF:")
	e.segment = number("#EXT-X-MEDIA-SEQUENCE:") + number("#EXT-X-SKIP:SKIPPED-SEGMENTS=") + uint64(bytes.Count(text, whole))
	open := text[max(0, bytes.LastIndex(text, whole)):]
	e.part = uint64(bytes.Count(open, []byte("#EXT-X-PART:")))
	if e.next == 0 {
		err = errors.New("a playlist without a hint")
	}
	return e, err
}

// clean tells of what viewers were refused, or missed.
func (c *crowd) clean(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) > 0 {
		t.Errorf("viewers of %s: %v", c.folder, c.faults)
	}
}
