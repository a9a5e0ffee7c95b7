package relay_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// A broadcast is told of when it begins and when it has ended; a drop in between
// is none of either.
func TestBroadcastsAreToldOf(t *testing.T) {
	t.Parallel()
	told := make(chan time.Time, 10)
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.Hold = 10 * time.Second
	r := start(t, relay.Config{Streams: []relay.Stream{conf}}, func(o *relay.Options) {
		o.OnBroadcast = func(name string, since time.Time) {
			if name != "main" {
				t.Errorf("told of %s", name)
			}
			told <- since
		}
	})
	before := time.Now()
	first := r.encode(relaytest.EncoderConfig{})
	reach(t, session(t, p, 1), 500)
	first.Kill()
	eventually(t, 5*time.Second, "holding", func() bool { return r.Status()[0].State == relay.Holding })
	second := r.encode(relaytest.EncoderConfig{})
	eventually(t, 5*time.Second, "live again", func() bool { return r.Status()[0].State == relay.Live })
	second.Stop()
	eventually(t, 5*time.Second, "idle", func() bool { return r.Status()[0].State == relay.Idle })
	if since := <-told; since.Before(before) || time.Since(since) > time.Minute {
		t.Errorf("it began at %v", since)
	}
	if since := <-told; !since.IsZero() {
		t.Errorf("after its beginning it was told of %v, want its end", since)
	}
	if len(told) > 0 {
		t.Errorf("and then of %v", <-told)
	}
}
