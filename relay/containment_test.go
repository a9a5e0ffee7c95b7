package relay_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestPanicEndsItsOwnConnectionAlone has a bug in one publisher's connection and
// one in a destination's, each met once, and sees who notices.
func TestPanicEndsItsOwnConnectionAlone(t *testing.T) {
	t.Parallel()
	start := func() *relaytest.Platform { return relaytest.StartPlatform(t, relaytest.PlatformConfig{}) }
	good, panics, behind := start(), start(), start()
	conf := relay.Config{Streams: []relay.Stream{stream("main", to("good", good), to("panics", panics)), stream("bad", to("behind", behind))}}
	var inWrite, inRead atomic.Bool
	r := prepare(t, conf, func(o *relay.Options) {
		o.Dialer = buggyDialer{destination.RTMP(&rtmp.Dialer{}), key("to-panics").Reveal(), &inWrite}
	})
	must(t, r.Interpose(func(req rtmp.Request, in rtmp.Ingest) rtmp.Ingest {
		if req.Key == key("bad") {
			return buggyIngest{in, &inRead}
		}
		return in
	}))
	r.run()
	e := r.encodeTo(relaytest.EncoderConfig{}, good, panics)
	bad := r.encode(relaytest.EncoderConfig{Target: r.ingest("bad")})
	kept := session(t, behind, 1)
	reach(t, kept, 1000)

	inRead.Store(true)
	if err := bad.Wait(); err == nil {
		t.Error("the publisher whose connection panicked was not ended")
	}
	inWrite.Store(true)
	back := session(t, panics, 2)
	reach(t, back, 1000)

	if n := r.metric("hawker_panics_total"); n != 2 {
		t.Errorf("%v panics are counted, want 2", n)
	}
	if n := strings.Count(r.log.String(), "met on purpose"); n < 2 {
		t.Errorf("the log tells of %d panics, want 2", n)
	}
	for _, s := range panics.Sessions() {
		checkWhole(t, "panics", e, s)
	}
	checkUndisturbed(t, "good", e, good)
	// The broadcast whose publisher it was is held, and goes on with the next one.
	again := r.encode(relaytest.EncoderConfig{Target: r.ingest("bad"), Source: relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000, Seed: 9}.Source()})
	must(t, again.WaitSent(within(t, 10*time.Second), 5))
	must(t, kept.WaitFor(within(t, 10*time.Second), again.Sent()[4].Hash))
	if n := len(behind.Connections()); n != 1 || kept.Goodbye() {
		t.Errorf("behind the publisher: %d connections, goodbye %v", n, kept.Goodbye())
	}
}

// buggyIngest panics at the first video after bug is set, which that clears.
type buggyIngest struct {
	rtmp.Ingest
	bug *atomic.Bool
}

func (b buggyIngest) Write(kind media.Kind, timestamp uint32, body []byte) error {
	if kind == media.Video && b.bug.CompareAndSwap(true, false) {
		panic("met on purpose, by a publisher")
	}
	return b.Ingest.Write(kind, timestamp, body)
}

// buggyDialer makes connections whose writes panic, once, after bug is set, for
// the target that has key.
type buggyDialer struct {
	destination.Dialer
	key string
	bug *atomic.Bool
}

func (b buggyDialer) Publish(ctx context.Context, t rtmp.Target) (destination.Publisher, error) {
	p, err := b.Dialer.Publish(ctx, t)
	if err != nil || t.Key.Reveal() != b.key {
		return p, err
	}
	return buggyPublisher{p, b.bug}, nil
}

type buggyPublisher struct {
	destination.Publisher
	bug *atomic.Bool
}

func (b buggyPublisher) Write(batch []rtmp.Message) error {
	b.meet()
	return b.Publisher.Write(batch)
}

func (b buggyPublisher) TryWrite(s *rtmp.Scratch, batch []rtmp.Message) (done, none bool, err error) {
	b.meet()
	return b.Publisher.TryWrite(s, batch)
}

func (b buggyPublisher) meet() {
	if b.bug.CompareAndSwap(true, false) {
		panic("met on purpose, by a destination")
	}
}
