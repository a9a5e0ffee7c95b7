package record

import (
	"context"
	"errors"
	"io"
	"os"
	"sort"
	"sync"

	"github.com/hawker-live/hawker/relay/media/flv"
)

// errChanged says that a file is no longer the one that a reel was made of.
var errChanged = errors.New("the recording is another one than before")

// errShorter says that the end of a file is gone: what a crash had torn, perhaps.
var errShorter = errors.New("the recording is shorter than before")

// playing reads what there is of a reel: an io.ReaderAt for one goroutine. It keeps
// of a fragment what is around the media, and where those are.
type playing struct {
	*reel
	sight
	file   io.ReaderAt
	making chan struct{} // has room for as many as may make fragments at once

	strip int // that was read last, which is made
	made  []byte
	media []span
}

func newPlaying(r *reel, file io.ReaderAt, making chan struct{}) *playing {
	return &playing{reel: r, sight: r.look(), file: file, making: making, strip: -1}
}

// ReadAt implements io.ReaderAt.
func (p *playing) ReadAt(b []byte, at int64) (n int, err error) {
	for n < len(b) {
		m, err := p.some(b[n:], at+int64(n))
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// some reads a part, at least a byte.
func (p *playing) some(b []byte, at int64) (int, error) {
	if at < int64(len(p.head)) {
		return copy(b, p.head[at:]), nil
	}
	i := sort.Search(len(p.strips), func(i int) bool { return p.strips[i].offset > at }) - 1
	if i < 0 || at >= p.size {
		return 0, io.EOF
	}
	if err := p.prepare(i); err != nil {
		return 0, err
	}
	at -= p.strips[i].offset
	if at < int64(len(p.made)) {
		return copy(b, p.made[at:]), nil
	}
	at -= int64(len(p.made))
	for _, s := range p.media {
		if at < s.size {
			return p.file.ReadAt(b[:min(int64(len(b)), s.size-at)], s.at+at)
		}
		at -= s.size
	}
	return 0, errChanged
}

// prepare makes what is around the media of a strip.
func (p *playing) prepare(i int) error {
	if p.strip == i {
		return nil
	}
	p.making <- struct{}{}
	defer func() { <-p.making }()
	s := &p.strips[i]
	g := gather{now: s.mark}
	for at := s.from; at < s.to; {
		place, ok, err := flv.At(p.file, at, s.to)
		if err == nil && !ok {
			err = errChanged
		}
		if err != nil {
			return err
		}
		t, err := inspectTag(p.file, place)
		if err != nil {
			return err
		}
		g.take(p.reel, t)
		at = place.End
	}
	blank := make([]byte, g.largest())
	data := g.fragment(uint32(i+1), s.end, func(size int64) []byte { return blank[:size] })
	if int64(len(data)) != s.size {
		return errChanged
	}
	p.strip, p.media = i, append(g.pictures, g.heard...)
	p.made = append([]byte(nil), data[:s.size-g.bytes]...)
	return nil
}

// largest is the size of the largest payload.
func (g *gather) largest() (n int64) {
	for _, all := range [][]span{g.pictures, g.heard} {
		for _, s := range all {
			n = max(n, s.size)
		}
	}
	return n
}

// reels are those that were asked for lately.
type reels struct {
	growing chan struct{} // has room for as many as may grow at once
	making  chan struct{}

	mu   sync.Mutex // guards kept
	kept map[string]*known
}

// known is a reel and the file that it is of.
type known struct {
	*reel
	info os.FileInfo
	turn chan struct{} // holds one while it grows
}

const (
	// keptReels is how many are kept, of some 100 bytes for each second of a show.
	keptReels = 16
	// atOnce is how many grow, and how many fragments are made, at once.
	atOnce = 4
)

func newReels() *reels {
	return &reels{growing: make(chan struct{}, atOnce), making: make(chan struct{}, atOnce), kept: map[string]*known{}}
}

// play opens a stream's FLV file as MP4, which takes a while if it is long and was
// not played lately. Whoever does not wait, leaves what was done to the next.
func (r *reels) play(ctx context.Context, p Part, file *os.File) (*playing, error) {
	name := p.Stream + "/" + p.data()
	for {
		k, err := r.find(name, file)
		if err == nil && !k.look().done {
			err = r.grow(ctx, k, file, p.Complete)
		}
		switch {
		case err == nil:
			return newPlaying(k.reel, file, r.making), nil
		case !errors.Is(err, errShorter):
			return nil, err
		}
		r.forget(name, k)
	}
}

// find returns what is known of a file, which is nothing when it is another one
// than before.
func (r *reels) find(name string, file *os.File) (*known, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.kept[name]
	if k == nil || !os.SameFile(k.info, info) {
		k = &known{newReel(), info, make(chan struct{}, 1)}
	}
	for other := range r.kept { // which one has to make room does not matter
		if len(r.kept) >= keptReels && other != name {
			delete(r.kept, other)
		}
	}
	r.kept[name] = k
	return k, nil
}

// forget has the file looked at anew.
func (r *reels) forget(name string, k *known) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept[name] == k {
		delete(r.kept, name)
	}
}

// grow reads on in a file, after those who do so already.
func (r *reels) grow(ctx context.Context, k *known, file *os.File, complete bool) error {
	for _, room := range []chan struct{}{k.turn, r.growing} {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < k.at {
		return errShorter
	}
	return k.grow(ctx, file, info.Size(), complete)
}
