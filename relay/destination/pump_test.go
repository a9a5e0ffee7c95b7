package destination

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

// line is a connection that can be made slow: then it takes a part of each batch
// and the rest when it is released.
type line struct {
	Publisher
	mu      sync.Mutex
	slow    chan struct{} // closed when it is released; nil while it is fast
	begun   []rtmp.Message
	times   []uint32
	tried   int // writes that do not wait
	waited  int // writes that may
	panics  bool
	trouble error
}

func (l *line) TryWrite(_ *rtmp.Scratch, batch []rtmp.Message) (done, none bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried++
	switch {
	case l.panics:
		panic("a bug")
	case l.trouble != nil:
		return false, false, l.trouble
	case l.slow != nil:
		l.begun = slices.Clone(batch)
		return false, false, nil
	}
	l.take(batch)
	return true, false, nil
}

func (l *line) Write(batch []rtmp.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waited++
	if slow := l.slow; slow != nil {
		l.mu.Unlock()
		<-slow
		l.mu.Lock()
	}
	l.take(l.begun)
	l.take(batch)
	l.begun = nil
	return nil
}

func (l *line) take(batch []rtmp.Message) {
	for _, m := range batch {
		l.times = append(l.times, m.Time)
	}
}

func (l *line) got() []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.times)
}

// pumped are writers to lines, behind one pump and one stream.
type pumped struct {
	t       *testing.T
	stream  *stream.Stream
	publish *stream.Publisher
	pump    *pump
	ended   []chan error
	sent    []uint32
}

func startPumped(t *testing.T, ctx context.Context, lines ...*line) *pumped {
	t.Helper()
	return startGathering(t, ctx, 0, lines...)
}

func startGathering(t *testing.T, ctx context.Context, gather time.Duration, lines ...*line) *pumped {
	t.Helper()
	s, err := stream.New(stream.Config{Name: "main"})
	if err != nil {
		t.Fatal(err)
	}
	p := &pumped{t: t, stream: s, publish: s.Publisher()}
	b := s.Begin()
	p.publish.TakeOver(b)
	all := newPumps()
	for _, l := range lines {
		pump, release := all.of(fakeBroadcast{b}, gather)
		p.pump = pump
		source := b.Cursor(stream.CursorConfig{})
		w := &writer{
			source: source, out: l, latency: latency{histogram: &histogram{}}, pump: pump, off: make(chan struct{}, 1),
			contain: func(any) error { return errors.New("contained") }, tray: &tray{},
		}
		ended := make(chan error, 1)
		p.ended = append(p.ended, ended)
		go func() {
			defer release()
			ended <- w.copy(ctx)
		}()
	}
	t.Cleanup(func() { s.Close(); synctest.Wait() })
	synctest.Wait()
	return p
}

// fakeBroadcast is what a pump needs of one.
type fakeBroadcast struct{ *stream.Broadcast }

func (fakeBroadcast) FourCCs() []string  { return nil }
func (fakeBroadcast) Open(Limits) Source { return nil }

// frames publishes n frames, 40 ms apart.
func (p *pumped) frames(n int) {
	p.t.Helper()
	for range n {
		at := uint32(len(p.sent) * 40)
		first := byte(0x27)
		if at == 0 {
			first = 0x17
		}
		if err := p.publish.Write(media.Video, at, []byte{first, 1, 0, 0, 0, byte(at)}, time.Now()); err != nil {
			p.t.Fatal(err)
		}
		p.sent = append(p.sent, at)
		time.Sleep(40 * time.Millisecond) // of the bubble
	}
	synctest.Wait()
}

func (p *pumped) riders() int {
	p.pump.mu.Lock()
	defer p.pump.mu.Unlock()
	return len(p.pump.riders)
}

func TestPumpLetsTheSlowOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, fast := &line{}, &line{}
		p := startPumped(t, t.Context(), slow, fast)
		p.frames(10)
		if n := p.riders(); n != 2 || slow.waited != 0 {
			t.Errorf("%d riders, and %d writes that may wait; want 2 and none", n, slow.waited)
		}
		slow.mu.Lock()
		slow.slow = make(chan struct{})
		slow.mu.Unlock()
		p.frames(20)
		if got := fast.got(); !slices.Equal(got, p.sent) {
			t.Errorf("beside a slow one: got %v, want all", got)
		}
		if n := p.riders(); n != 1 || len(slow.got()) != 10 {
			t.Errorf("%d riders, the slow one has got %d; want the fast one alone", n, len(slow.got()))
		}
		slow.mu.Lock()
		close(slow.slow)
		slow.slow = nil
		slow.mu.Unlock()
		p.frames(5)
		if got := slow.got(); !slices.Equal(got, p.sent) {
			t.Errorf("the slow one got %v, want all in order", got)
		}
		if n := p.riders(); n != 2 {
			t.Errorf("%d riders after it has caught up, want 2", n)
		}
	})
}

// What comes within a tenth of a second goes out in one write.
func TestPumpGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		p := startGathering(t, t.Context(), 100*time.Millisecond, l)
		p.frames(100) // 4 s
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := l.got(); !slices.Equal(got, p.sent) {
			t.Errorf("got %v, want all", got)
		}
		if l.tried < 35 || l.tried > 42 {
			t.Errorf("%d writes in 4 s, want one in 100 ms", l.tried)
		}
	})
}

func TestPumpEndsOneAlone(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		break1 func(*line)
		want   string
	}{
		"an error": {func(l *line) { l.trouble = broken }, "broken"},
		"a panic":  {func(l *line) { l.panics = true }, "contained"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad, good := &line{}, &line{}
				p := startPumped(t, t.Context(), bad, good)
				p.frames(3)
				bad.mu.Lock()
				tt.break1(bad)
				bad.mu.Unlock()
				p.frames(3)
				if err := <-p.ended[0]; err == nil || err.Error() != tt.want {
					t.Errorf("copy = %v, want %s", err, tt.want)
				}
				if got := good.got(); !slices.Equal(got, p.sent) || p.riders() != 1 {
					t.Errorf("the other got %v, with %d riders", got, p.riders())
				}
			})
		})
	}
}

func TestPumpIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := startPumped(t, ctx, &line{}, &line{})
		p.frames(3)
		cancel()
		for _, ended := range p.ended {
			if err := <-ended; err != nil {
				t.Errorf("copy = %v", err)
			}
		}
		if n := p.riders(); n != 0 {
			t.Errorf("%d riders are left", n)
		}
	})
}

func TestPumpEndsWithTheBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		p := startPumped(t, t.Context(), l)
		p.frames(3)
		// With its last packet: the pump's bell rings once for both.
		if err := p.publish.Write(media.Video, 120, []byte{0x27, 1, 0, 0, 0, 1}, time.Now()); err != nil {
			t.Fatal(err)
		}
		p.sent = append(p.sent, 120)
		p.stream.End()
		if err := <-p.ended[0]; err != nil || !slices.Equal(l.got(), p.sent) {
			t.Errorf("copy = %v after %v", err, l.got())
		}
	})
}

// BenchmarkPump is a packet to a hundred destinations that keep up, without the
// sockets.
func BenchmarkPump(b *testing.B) {
	s, err := stream.New(stream.Config{Name: "main"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	publish, broadcast := s.Publisher(), s.Begin()
	publish.TakeOver(broadcast)
	p := &pump{bell: make(chan struct{}, 1)}
	for range 100 {
		w := &writer{
			source: broadcast.Cursor(stream.CursorConfig{}), out: sink{}, latency: latency{histogram: &histogram{}},
			off: make(chan struct{}, 1), tray: &tray{}, riding: true,
		}
		p.add(w)
	}
	keyframe, frame := []byte{0x17, 1, 0, 0, 0, 0}, make([]byte, 16<<10)
	copy(frame, []byte{0x27, 1})
	b.ReportAllocs()
	at := uint32(0)
	for b.Loop() {
		body := frame
		if at%2000 == 0 {
			body = keyframe
		}
		if err := publish.Write(media.Video, at, body, time.Now()); err != nil {
			b.Fatal(err)
		}
		p.makeRound()
		at += 40
	}
	if n := p.riders[0].source.Dropped(); n > 0 {
		b.Fatalf("%d packets were skipped", n)
	}
}
