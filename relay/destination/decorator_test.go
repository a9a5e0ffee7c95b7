package destination_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
)

// marker follows each video frame with a data message.
type marker struct{ text string }

func (m marker) Decorate(s destination.Source) destination.Source {
	return &marked{Source: s, text: m.text}
}

type marked struct {
	destination.Source
	text string
	left []media.Packet
}

func (m *marked) Poll(batch []media.Packet) (int, error) {
	if len(m.left) == 0 {
		in := make([]media.Packet, len(batch))
		n, err := m.Source.Poll(in)
		if n == 0 {
			return 0, err
		}
		m.mark(in[:n])
	}
	n := copy(batch, m.left)
	m.left = m.left[n:]
	return n, nil
}

func (m *marked) Next(ctx context.Context, batch []media.Packet) (int, error) {
	in := make([]media.Packet, len(batch))
	n, err := m.Source.Next(ctx, in)
	if n > 0 {
		m.mark(in[:n])
		return m.Poll(batch)
	}
	return 0, err
}

func (m *marked) mark(in []media.Packet) {
	for _, p := range in {
		m.left = append(m.left, p, media.Packet{Kind: media.Data, Time: p.Time, Body: []byte(m.text)})
	}
}

// What the decorator adds goes out with its time, whoever writes.
func TestDecoratorIsRead(t *testing.T) {
	// The pump takes no destinations that trail.
	for name, delay := range map[string]time.Duration{"by the pump": 0, "by the destination itself": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, f := &platform{}, newFeed()
				r := run(t, destination.Config{Enabled: true, Feed: f, Dialer: p, Delay: delay, Decorator: marker{"here"}})
				b := f.begin()
				ctx, cancel := context.WithCancel(t.Context())
				go b.play(ctx)
				time.Sleep(2100 * time.Millisecond)
				cancel()
				r.end(t)
				got := p.last().received()
				if len(got) < 40 {
					t.Fatalf("%d messages", len(got))
				}
				for i := 0; i+1 < len(got); i += 2 {
					if m := got[i+1]; got[i].Type != uint8(media.Video) || m.Type != uint8(media.Data) || string(m.Body) != "here" || m.Time != got[i].Time {
						t.Fatalf("messages %d and %d: %d at %d, then %d %q at %d", i, i+1, got[i].Type, got[i].Time, m.Type, m.Body, m.Time)
					}
				}
			})
		})
	}
}

// A changed decorator is a reconnect of that destination alone.
func TestDecoratorIsCompared(t *testing.T) {
	with := func(d destination.Decorator) func(*destination.Config) {
		return func(c *destination.Config) { c.Decorator = d }
	}
	synctest.Test(t, func(t *testing.T) {
		o := newOnAir(t, &platform{}, wanted("a", with(marker{"x"})), wanted("b", with(marker{"x"})))
		time.Sleep(2 * time.Second)
		o.apply(wanted("a", with(marker{"x"})), wanted("b", with(marker{"x"})))
		time.Sleep(2 * time.Second)
		if a, b := len(o.of("a")), len(o.of("b")); a != 1 || b != 1 {
			t.Errorf("after the same once more: %d and %d connections, want 1 and 1", a, b)
		}
		o.apply(wanted("a"), wanted("b", with(marker{"x"})))
		time.Sleep(2 * time.Second)
		o.apply(wanted("a", with(marker{"y"})), wanted("b", with(marker{"x"})))
		time.Sleep(2 * time.Second)
		if a, b := len(o.of("a")), len(o.of("b")); a != 3 || b != 1 {
			t.Errorf("after two changes of a: %d and %d connections, want 3 and 1", a, b)
		}
	})
}

type incomparable []marker

func (incomparable) Decorate(s destination.Source) destination.Source { return s }

func TestDecoratorMustCompare(t *testing.T) {
	o, err := destination.NewSet(destination.SetConfig{Stream: "main", Feed: newFeed(), Dialer: &platform{}})
	if err != nil {
		t.Fatal(err)
	}
	c := wanted("a")
	c.Decorator = incomparable{}
	for range 2 {
		if err := o.Apply([]destination.Config{c}); err == nil || !strings.Contains(err.Error(), "incomparable cannot be compared") {
			t.Errorf("got %v", err)
		}
	}
}
