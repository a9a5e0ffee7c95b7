package destination

import (
	"context"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

func TestClock(t *testing.T) {
	const start = 90 * 24 * time.Hour
	frame := func(since time.Duration) media.Packet { return media.Packet{Time: start + since} }
	header := func(since time.Duration) media.Packet { return media.Packet{Header: true, Time: start + since} }
	cases := map[string]struct {
		packet media.Packet
		want   uint32
	}{
		"the first frame":           {frame(0), 0},
		"a frame":                   {frame(40 * time.Millisecond), 40},
		"audio from before it":      {frame(-20 * time.Millisecond), 0},
		"an old header":             {header(-time.Hour), 0},
		"a new header":              {header(time.Second), 1000},
		"beyond 2^24 ms":            {frame((1<<24 + 1) * time.Millisecond), 1<<24 + 1},
		"beyond 2^31 ms":            {frame((1<<31 + 1) * time.Millisecond), 1<<31 + 1},
		"the last one before 2^32":  {frame((1<<32 - 1) * time.Millisecond), 1<<32 - 1},
		"beyond 2^32 ms: from zero": {frame((1<<32 + 7) * time.Millisecond), 7},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var c clock
			for _, p := range []media.Packet{header(-time.Hour), frame(0)} {
				if got := c.stamp(&p); got != 0 {
					t.Fatalf("the connection begins at %d", got)
				}
			}
			if got := c.stamp(&tc.packet); got != tc.want {
				t.Errorf("stamp is %d, want %d", got, tc.want)
			}
		})
	}
}

// endless fills a number of batches.
type endless struct {
	batches int
	packet  media.Packet
}

func (e *endless) Next(_ context.Context, batch []media.Packet) (int, error) {
	if e.batches == 0 {
		return 0, stream.ErrEnded
	}
	e.batches--
	for i := range batch {
		batch[i] = e.packet
	}
	return len(batch), nil
}

func (e *endless) Poll(batch []media.Packet) (int, error) { return e.Next(context.Background(), batch) }

func (*endless) Lag() time.Duration { return 0 }
func (*endless) Dropped() uint64    { return 0 }
func (*endless) Close() error       { return nil }

type sink struct{ Publisher }

func (sink) Write([]rtmp.Message) error { return nil }

func (sink) TryWrite(*rtmp.Scratch, []rtmp.Message) (done, none bool, err error) {
	return true, false, nil
}

func newBench() (*writer, *endless) {
	source := &endless{packet: media.Packet{Kind: media.Video, Arrived: time.Now().Add(time.Hour), Body: make([]byte, 16<<10)}}
	return &writer{source: source, out: sink{}, latency: latency{histogram: &histogram{}}, tray: &tray{}}, source
}

func TestWriterAllocatesNothing(t *testing.T) {
	w, source := newBench()
	if n := testing.AllocsPerRun(10, func() {
		source.batches = 10
		if err := w.copy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for 640 packets", n)
	}
	for i := range w.tray.packets {
		if w.tray.packets[i].Body != nil || w.tray.messages[i].Body != nil {
			t.Fatal("the writer keeps a body after it was written")
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	w, source := newBench()
	source.batches = b.N/batchPackets + 1
	b.ReportAllocs()
	if err := w.copy(b.Context()); err != nil {
		b.Fatal(err)
	}
}
