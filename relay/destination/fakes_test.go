package destination_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// feed is a stream whose broadcasts the test begins and ends.
type feed struct {
	mu      sync.Mutex
	current *broadcast
	begun   chan struct{}
}

func newFeed() *feed { return &feed{begun: make(chan struct{})} }

func (f *feed) begin() *broadcast {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = &broadcast{done: make(chan struct{}), wake: make(chan struct{})}
	close(f.begun)
	f.begun = make(chan struct{})
	return f.current
}

func (f *feed) Live(ctx context.Context) (destination.Broadcast, error) {
	for {
		f.mu.Lock()
		b, begun := f.current, f.begun
		f.mu.Unlock()
		if b != nil && !b.ended() {
			return b, nil
		}
		select {
		case <-begun:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// broadcast keeps all its packets.
type broadcast struct {
	fourCCs []string
	done    chan struct{}

	mu      sync.Mutex
	packets []media.Packet
	wake    chan struct{}
	limits  []destination.Limits // of each Open
	bug     bool                 // Next panics
	bells   []chan struct{}
}

func (b *broadcast) Done() <-chan struct{} { return b.done }
func (b *broadcast) FourCCs() []string     { return b.fourCCs }

func (b *broadcast) Notify(bell chan struct{}) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bells = append(b.bells, bell)
	quiet := make(chan struct{})
	go func() {
		select {
		case <-b.done:
			select {
			case bell <- struct{}{}:
			default:
			}
		case <-quiet:
		}
	}()
	return func() { close(quiet) }
}

func (b *broadcast) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

func (b *broadcast) add(packets ...media.Packet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packets = append(b.packets, packets...)
	close(b.wake)
	b.wake = make(chan struct{})
	for _, bell := range b.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

// play adds a frame every 40 ms, each fiftieth a keyframe, until ctx ends.
func (b *broadcast) play(ctx context.Context) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		b.add(media.Packet{
			Kind: media.Video, Keyframe: i%50 == 0, Time: time.Duration(i) * 40 * time.Millisecond,
			Arrived: time.Now(), Body: make([]byte, 1000),
		})
		select {
		case <-tick.C:
		case <-b.done:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (b *broadcast) Open(l destination.Limits) destination.Source {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limits = append(b.limits, l)
	s := &source{b: b}
	for i, p := range b.packets {
		if p.Header {
			s.headers = append(s.headers, p)
		}
		if p.Keyframe && !p.Header {
			s.next = i
		}
	}
	return s
}

func (b *broadcast) opened() []destination.Limits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.limits)
}

// source gives the headers, and then what follows the newest keyframe.
type source struct {
	b       *broadcast
	headers []media.Packet
	next    int
}

func (s *source) Next(ctx context.Context, batch []media.Packet) (int, error) {
	for {
		n, wake := s.take(batch)
		if n > 0 {
			return n, nil
		}
		select {
		case <-wake:
		case <-s.b.done:
			return 0, stream.ErrEnded
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (s *source) Poll(batch []media.Packet) (int, error) {
	n, _ := s.take(batch)
	if n < len(batch) && s.b.ended() {
		return n, stream.ErrEnded
	}
	return n, nil
}

// take hands over what there is, or else returns what the next packet wakes.
func (s *source) take(batch []media.Packet) (n int, wake <-chan struct{}) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if s.b.bug {
		panic("a bug in the source")
	}
	n = copy(batch, s.headers)
	s.headers = s.headers[n:]
	for ; n < len(batch) && s.next < len(s.b.packets); s.next++ {
		if p := s.b.packets[s.next]; !p.Header {
			batch[n] = p
			n++
		}
	}
	return n, s.b.wake
}

func (s *source) Lag() time.Duration { return 70 * time.Millisecond }
func (s *source) Dropped() uint64    { return 3 }
func (s *source) Close() error       { return nil }

var errReset = errors.New("read: connection reset by peer")

const key = "canary-key-0123456789"

func target(server string) rtmp.Target {
	return rtmp.Target{Server: server, Key: secret.New(key)}
}

// running is a destination that runs until the test ends it.
type running struct {
	*destination.Destination
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, cfg destination.Config) *running {
	t.Helper()
	cfg.Stream, cfg.Name = "main", "youtube"
	if cfg.Targets == nil {
		cfg.Targets = []rtmp.Target{target("rtmp://a.example/live")}
	}
	d, err := destination.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{d, cancel, make(chan error, 1)}
	go func() { r.done <- d.Run(ctx) }()
	return r
}

// end stops the destination and returns how long that took.
func (r *running) end(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	return time.Since(began)
}

// expect fails the test unless the destination is in that state.
func expect(t *testing.T, d *destination.Destination, want destination.State) {
	t.Helper()
	if got := d.Status(); got.State != want {
		t.Fatalf("state is %v, want %v (error %q)", got.State, want, got.Error)
	}
}

func mentions(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
