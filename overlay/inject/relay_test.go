package inject_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// A destination that is to have other formats connects anew, alone.
func TestFormatsReconnectOneDestination(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	changes := relaytest.StartPlatform(t, relaytest.PlatformConfig{KeepBodies: true})
	stays := relaytest.StartPlatform(t, relaytest.PlatformConfig{KeepBodies: true})
	r.run(r.to("changes", changes.URL(), inject.Formats{}), r.to("stays", stays.URL(), both))
	e := r.encode(relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000}.Source())
	first := session(t, changes, 1)
	reach(t, first, 200)
	reach(t, session(t, stays, 1), 200)
	at, ok := r.Position("main")
	if !ok {
		t.Fatal("the stream is nowhere")
	}
	if _, ok := r.Position("another"); ok {
		t.Error("a stream that is not configured is somewhere")
	}
	a := cue("a", at)
	add(t, &r.track, a, a)

	same := r.conf(r.to("changes", changes.URL(), inject.Formats{}), r.to("stays", stays.URL(), both))
	must(t, r.Apply(same))
	must(t, r.Apply(r.conf(r.to("changes", changes.URL(), inject.Formats{SEI: true}), r.to("stays", stays.URL(), both))))
	second := session(t, changes, 2)
	reach(t, second, 500)
	if before := listen(t, first); len(before.cues) != 0 || first.Goodbye() {
		t.Errorf("before it was told %v; goodbye %v, want none", before.cues, first.Goodbye())
	}
	h := listen(t, second)
	// It happened within the group of pictures that the connection began with, or
	// before.
	if len(h.cues) != 1 || h.cues[0].how != "sei" {
		t.Errorf("then it was told %v, want the cue as SEI", h.cues)
	}
	if n := len(stays.Connections()); n != 1 {
		t.Errorf("the other one has had %d connections", n)
	}
	must(t, relaytest.Compare(e.Sent(), h.media))
}
