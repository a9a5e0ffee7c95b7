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

// tell adds what a viewer was told.
func (c *crowd) tell(told *[]listing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, *told...)
}

// follow is a player of low-latency HLS: it asks for the playlist that has the
// next part, and then for the part.
func (c *crowd) follow(ctx context.Context, w *wire) error {
	return (&player{crowd: c, wire: w}).play(ctx)
}

// record is follow that keeps the parts, or the beginnings of them, and the last
// playlist in a folder.
func (c *crowd) record(dir string, most int) func(context.Context, *wire) error {
	return func(ctx context.Context, w *wire) error {
		return (&player{crowd: c, wire: w, dir: dir, most: most}).play(ctx)
	}
}

type player struct {
	*crowd
	*wire
	dir  string // where to keep files; empty for nowhere
	most int    // bytes of each
	now  edge
	told []listing
}

func partName(number uint64) string { return fmt.Sprintf("part-%d.m4s", number) }

func (p *player) play(ctx context.Context) error {
	defer p.tell(&p.told)
	if err := p.reload(""); err != nil {
		return err
	}
	p.told = nil // of the first playlist it is not known when it could have been there
	for ctx.Err() == nil {
		n := p.now.next
		if err := p.reload(fmt.Sprintf("?_HLS_msn=%d&_HLS_part=%d&_HLS_skip=YES", p.now.segment, p.now.part)); err != nil {
			return err
		}
		for ; n < p.now.next; n++ {
			if err := p.take(partName(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// reload asks for a playlist.
func (p *player) reload(question string) error {
	const name = "stream.m3u8"
	asked := time.Now()
	length, err := p.ask(p.folder + name + question)
	if err != nil {
		return err
	}
	text, err := p.read(length)
	if err != nil {
		return err
	}
	at, before := time.Now(), p.now
	p.bytes.Add(int64(length))
	if p.now, err = edgeOf(text); err != nil {
		return err
	}
	p.told = append(p.told, listing{before.next, p.now.next - 1, asked, at})
	return p.keep(name, text)
}

// take asks for a part.
func (p *player) take(name string) error {
	length, err := p.ask(p.folder + name)
	if err != nil {
		return err
	}
	p.bytes.Add(int64(length))
	if p.dir == "" {
		return p.skip(length)
	}
	text, err := p.read(length)
	if err != nil {
		return err
	}
	return p.keep(name, text)
}

func (p *player) keep(name string, text []byte) error {
	if p.dir == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(p.dir, name), text[:min(p.most, len(text))], 0o600)
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
