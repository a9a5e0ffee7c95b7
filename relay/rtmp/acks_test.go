package rtmp_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestAcksAreNotWaitedFor is T20's other half (see TestConnAcknowledges): 64 MiB
// go out as fast as they are taken to servers that acknowledge as they should,
// never, and always the same number, side by side.
func TestAcksAreNotWaitedFor(t *testing.T) {
	acks := map[string]relaytest.Acks{"totals": {}, "never": {Never: true}, "always 131,325": {Fixed: 131_325}}
	longest := map[string]time.Duration{}
	var mu sync.Mutex // guards longest
	var all sync.WaitGroup
	for name, a := range acks {
		p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.Script{Acks: a}})
		all.Go(func() {
			d := pour(t, name, p)
			mu.Lock()
			defer mu.Unlock()
			longest[name] = d
		})
	}
	all.Wait()
	t.Logf("longest gaps: %v", longest)
	// What is promised is 100 ms, the rest is for a busy machine: who waits for
	// an acknowledgement waits for ever.
	limit := 100*time.Millisecond + 400*time.Millisecond + 3*longest["totals"]
	for name, gap := range longest {
		if gap > limit {
			t.Errorf("%s: nothing arrived for %v, want %v at most", name, gap, limit)
		}
	}
}

// pour sends 64 MiB to a platform, sees that all of it arrives, and returns the
// longest time between two messages there.
func pour(t *testing.T, name string, p *relaytest.Platform) (longest time.Duration) {
	const size, total = 64 << 10, 64 << 20
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	pub, err := (&rtmp.Dialer{}).Publish(ctx, target(p.URL()))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	defer func() { _ = pub.Close() }()
	body := make([]byte, size)
	body[0] = 0x27
	for i := range total / size {
		if err := pub.Write([]rtmp.Message{{Type: rtmp.TypeVideo, Time: uint32(i), Body: body}}); err != nil {
			t.Errorf("%s: message %d: %v", name, i, err)
			return 0
		}
	}
	s := p.Sessions()[0]
	if err := s.WaitMessages(ctx, total/size); err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	got := s.Messages()
	for i, m := range got[1:] {
		longest = max(longest, m.Arrived.Sub(got[i].Arrived))
	}
	return longest
}
