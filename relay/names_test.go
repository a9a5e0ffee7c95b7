package relay_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestSlowNameServerDelaysNobody has two destinations whose names are asked for
// in vain until the dial's 10 s are over, beside others that need no name.
func TestSlowNameServerDelaysNobody(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	mute := muteNameServer(t, asked)
	good, better := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("slow", good), to("good", good), to("slower", good), to("better", better))
	conf.Destinations[0].Target.Server = "rtmp://slow.example/live"
	conf.Destinations[2].Target.Server = "rtmp://slower.example/live"
	r := start(t, relay.Config{Streams: []relay.Stream{conf}}, func(o *relay.Options) {
		o.Dialer = destination.RTMP(&rtmp.Dialer{Resolver: mute})
	})
	direct := yardstick(t, small.Source())
	e := r.encodeTo(relaytest.EncoderConfig{}, good, better)
	<-asked
	eventually(t, 15*time.Second, "the name server's silence is told", func() bool {
		return strings.Contains(r.status("slow").Error, "this server name could not be looked up (no answer")
	})
	measure := direct()
	for name, p := range map[string]*relaytest.Platform{"good": good, "better": better} {
		checkUndisturbed(t, name, e, p)
		l, err := relaytest.Latencies(e.Sent(), session(t, p, 1).Messages())
		must(t, err)
		if t.Logf("%s: latency %v; without the relay %v", name, l, measure); l.P99 > 100*time.Millisecond+5*measure.P99 {
			t.Errorf("%s: latency %v, and without the relay %v", name, l, measure)
		}
	}
}

// muteNameServer is a resolver whose server takes every question, tells asked,
// and answers none.
func muteNameServer(t *testing.T, asked chan<- struct{}) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := make([]byte, 1500); ; {
			if _, _, err := server.ReadFrom(b); err != nil {
				return
			}
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}
	return &net.Resolver{PreferGo: true, Dial: dial}
}
