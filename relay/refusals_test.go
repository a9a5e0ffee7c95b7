package relay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestRefusalsForMinutes has a platform where the key is in use for 20 s, and
// one that refuses for good. TestKeyInUseIsAwaited and TestLastingRefusal in
// package destination show the same schedule without waiting for it.
func TestRefusalsForMinutes(t *testing.T) {
	require.Nightly(t)
	const busyFor, watched = 20 * time.Second, 6 * time.Minute
	start := func(host string) *relaytest.Platform {
		return relaytest.StartPlatform(t, relaytest.PlatformConfig{Listen: host + ":0"})
	}
	good, busy, denies := start("127.0.17.1"), start("127.0.17.2"), start("127.0.17.3")
	denies.Always(relaytest.Denied())
	r := live(t, to("good", good), to("busy", busy), to("denies", denies))
	cleared := time.Now().Add(busyFor)
	busy.For(busyFor, relaytest.BadName())
	e := r.encodeTo(relaytest.EncoderConfig{Keep: 50_000}, good)

	s, err := busy.WaitSession(within(t, busyFor+10*time.Second), 1)
	must(t, err)
	if late := s.PublishedAt().Sub(cleared); late > 6*time.Second+noise {
		t.Errorf("busy: back %v after its key was free, want 6 s at most", late)
	}
	conns := busy.Connections()
	for i, c := range conns[1:] {
		if wait := c.Opened().Sub(conns[i].Opened()); wait < 2*time.Second {
			t.Errorf("busy: try %d came %v after the one before it, want 2 s at least", i+2, wait)
		}
	}

	reach(t, session(t, good, 1), uint32(watched.Milliseconds()))
	first := denies.Connections()[0].Opened()
	perMinute := map[int]int{}
	for _, c := range denies.Connections() {
		perMinute[int(c.Opened().Sub(first)/time.Minute)]++
	}
	t.Logf("denies: tries by minute %v", perMinute)
	for minute := 3; minute < 6; minute++ { // the one that had begun by 2 min may wait into the third
		if n := perMinute[minute]; n > 2 {
			t.Errorf("denies: %d tries in minute %d, want 2 at most", n, minute)
		}
	}
	if st := r.status("denies"); st.State != destination.Refused || !strings.Contains(st.Error, "create a new key") {
		t.Errorf("denies: state %s, error %q", st.State, st.Error)
	}
	checkUndisturbed(t, "good", e, good)
}
