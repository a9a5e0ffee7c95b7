package relay_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestMinuteWithoutAKeyframe has groups of pictures of a minute, each larger
// than the ring may be: who is there gets all of it, and who comes when the
// keyframe has gone from the ring waits for the next one. It is played in five
// seconds a minute, in frames of 300 kB. At that speed the queue of 8 MiB lasts
// half a second: it is not parallel.
func TestMinuteWithoutAKeyframe(t *testing.T) {
	const speed, ringLimit = 12, 64 << 20
	there, late := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	latecomer := to("late", late)
	latecomer.Enabled = false
	r := live(t, to("there", there), latecomer)
	source := relaytest.Synthetic{FPS: 5, GOP: time.Minute, VideoBitrate: 12_000_000, Duration: 62 * time.Second}
	e := r.encodeTo(relaytest.EncoderConfig{Source: source.Source(), Speed: speed}, there)
	s := session(t, there, 1)
	reach(t, s, 55_000)
	if held := r.metric("hawker_stream_ring_bytes"); held > ringLimit || held < ringLimit/2 {
		t.Errorf("the ring holds %.0f bytes, want it full and not over its limit", held)
	}
	must(t, r.Control("main", "late", relay.Enable))
	must(t, e.Wait())
	for name, p := range map[string]*relaytest.Platform{"there": there, "late": late} {
		s := session(t, p, 1)
		must(t, s.WaitEnd(within(t, 10*time.Second)))
		checkWhole(t, name, e, s)
		if last, _ := s.Last(); last.Hash != e.Sent()[e.Len()-1].Hash || len(p.Connections()) != 1 {
			t.Errorf("%s: ends with %v in connection %d, want all in the first", name, last.Payload, len(p.Connections()))
		}
	}
	if got := r.status("there").Dropped; got != 0 {
		t.Errorf("%d packets dropped for who was there", got)
	}
}
