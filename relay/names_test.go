package relay_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestSlowNameServerDelaysNobody has destinations whose names are asked for in
// vain until the dial's 10 s are over, beside two that need no name.
func TestSlowNameServerDelaysNobody(t *testing.T) {
	t.Parallel()
	good, better := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("good", good), to("better", better))
	for i := range 6 {
		slow := to(fmt.Sprint("slow", i), good)
		slow.Target.Server = fmt.Sprintf("rtmp://slow%d.example/live", i)
		conf.Destinations = append(conf.Destinations, slow)
	}
	mute := muteNameServer(t)
	r := start(t, relay.Config{Streams: []relay.Stream{conf}}, func(o *relay.Options) {
		o.Dialer = destination.RTMP(&rtmp.Dialer{Resolver: mute})
	})
	direct := yardstick(t, small.Source())
	begun := time.Now()
	e := r.encodeTo(relaytest.EncoderConfig{}, good, better)
	eventually(t, 15*time.Second, "the name server's silence is told", func() bool {
		return strings.Contains(r.status("slow3").Error, "this server name could not be looked up (no answer")
	})
	measure := direct()
	for name, p := range map[string]*relaytest.Platform{"good": good, "better": better} {
		s := session(t, p, 1)
		if late := s.PublishedAt().Sub(begun); late > 500*time.Millisecond+noise {
			t.Errorf("%s: waited %v for those whose names are slow", name, late)
		}
		checkUndisturbed(t, name, e, p)
		l, err := relaytest.Latencies(e.Sent(), s.Messages())
		must(t, err)
		if t.Logf("%s: latency %v; without the relay %v", name, l, measure); l.P99 > 100*time.Millisecond+5*measure.P99 {
			t.Errorf("%s: latency %v, and without the relay %v", name, l, measure)
		}
	}
}

// muteNameServer is a resolver whose server takes every question and answers
// none.
func muteNameServer(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	var mu sync.Mutex // guards the rest
	over, asking := false, []io.Closer{server}
	t.Cleanup(func() { // and nobody goes on to wait for an answer
		mu.Lock()
		defer mu.Unlock()
		over = true
		for _, c := range asking {
			_ = c.Close()
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return nil, net.ErrClosed
		}
		c, err := new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
		if err == nil {
			asking = append(asking, c)
		}
		return c, err
	}
	return &net.Resolver{PreferGo: true, Dial: dial}
}
