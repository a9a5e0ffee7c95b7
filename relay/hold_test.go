package relay_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// away is an encoder that leaves and comes back.
type away struct {
	leave func(*relaytest.Encoder)
	gap   time.Duration
	slate relay.HoldSlate
}

func TestReturnWithinHoldOrGrace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]away{
		"killed, back within the hold":            {(*relaytest.Encoder).Kill, 5 * time.Second, relay.Freeze},
		"dropped, back within the hold":           {(*relaytest.Encoder).Drop, 2 * time.Second, ""},
		"stopped, back within the stop grace":     {(*relaytest.Encoder).Stop, 500 * time.Millisecond, ""},
		"killed, back at once (before any sound)": {(*relaytest.Encoder).Kill, 10 * time.Millisecond, ""},
		"killed, with no slate":                   {(*relaytest.Encoder).Kill, 2 * time.Second, relay.NoSlate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.check(t)
		})
	}
}

func TestReturnAfterLongHolds(t *testing.T) {
	require.Nightly(t)
	for _, gap := range []time.Duration{30 * time.Second, 59 * time.Second} {
		t.Run(gap.String(), func(t *testing.T) {
			away{(*relaytest.Encoder).Kill, gap, relay.Freeze}.check(t)
		})
	}
}

// check sees that the platform has one connection on which both encoders'
// packets come whole, with what stands between them.
func (a away) check(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.StopGrace, conf.HoldSlate = 5*time.Second, a.slate
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	first := r.encode(relaytest.EncoderConfig{Base: 77_000})
	s := session(t, p, 1)
	reach(t, s, 1500)
	a.leave(first)
	stays(t, s, a.gap)
	other := small
	other.Seed = 1
	second := r.encode(relaytest.EncoderConfig{Source: other.Source()})
	const enough = 120 // 1.5 s, and the next group of pictures
	must(t, second.WaitSent(within(t, 20*time.Second), enough))
	must(t, s.WaitFor(within(t, 20*time.Second), second.Sent()[enough-1].Hash))
	show := split(t, s.Messages(), second.Sent())
	show.check(t, first, second)
	show.checkFill(t)
	switch fed := a.slate != relay.NoSlate && a.gap > 1500*time.Millisecond; {
	case fed && (count(show.fill, media.Video) == 0 || count(show.fill, media.Audio) == 0):
		t.Errorf("between the encoders came %d messages, want picture and silence", len(show.fill))
	case a.slate == relay.NoSlate && len(show.fill) > 0:
		t.Errorf("between the encoders came %d messages, want none", len(show.fill))
	}
	if n := len(p.Connections()); n != 1 || s.Goodbye() {
		t.Errorf("%d connections, goodbye %v; want the platform to notice nothing", n, s.Goodbye())
	}
	if got := r.Status()[0]; got.State != relay.Live || got.Hold != nil {
		t.Errorf("state %s, hold %v; want live", got.State, got.Hold)
	}
}

// twoParts is what a platform got of two encoders, one after the other.
type twoParts struct {
	first, fill, second []relaytest.Received
}

// split finds where the first encoder ends and the second begins.
func split(t *testing.T, got []relaytest.Received, after []relaytest.Sent) (s twoParts) {
	t.Helper()
	start := slices.IndexFunc(after, func(m relaytest.Sent) bool { return m.Keyframe })
	begin := slices.IndexFunc(got, func(m relaytest.Received) bool { return m.Hash == after[start].Hash })
	if begin < 0 {
		t.Fatal("nothing of the second encoder has come")
	}
	for got[begin-1].Header {
		begin--
	}
	seen := map[uint64]bool{}
	end := slices.IndexFunc(got[:begin], func(m relaytest.Received) bool {
		repeated := m.Keyframe && seen[m.Hash]
		seen[m.Hash] = true
		return repeated || m.Kind == media.Audio && !m.Header && m.Hash == silenceHash
	})
	if end < 0 {
		end = begin
	}
	return twoParts{got[:end], got[end:begin], got[begin:]}
}

// silenceHash is of what stands for the sound of Synthetic, AAC-LC stereo.
var silenceHash = relaytest.Hash([]byte{0xAF, 1, 0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c})

// check tells that both encoders came whole, each with its own distances between
// audio and video, on one clock that never goes back and stays with the wall's.
func (s twoParts) check(t *testing.T, first, second *relaytest.Encoder) {
	t.Helper()
	before, after := first.Sent(), second.Sent()
	must(t, relaytest.CheckOpening(s.first))
	must(t, relaytest.CheckClock(slices.Concat(s.first, s.fill, s.second)))
	must(t, relaytest.Compare(before, s.first))
	must(t, relaytest.CompareTimes(before, s.first, 0))
	must(t, relaytest.CompareTimes(after, s.second, 0))
	// Headers are sent again only if they have changed.
	opening := slices.DeleteFunc(slices.Clone(s.first), func(m relaytest.Received) bool { return !m.Header })
	must(t, relaytest.Compare(after, slices.Concat(opening, s.second)))
	last, next := s.first[len(s.first)-1], s.second[0]
	i := slices.IndexFunc(before, func(m relaytest.Sent) bool { return m.Hash == last.Hash && m.Kind == last.Kind })
	j := slices.IndexFunc(after, func(m relaytest.Sent) bool { return m.Keyframe })
	wall := after[j].At.Sub(before[i].At)
	gap := time.Duration(next.Time-last.Time) * time.Millisecond
	if d := (gap - wall).Abs(); d > 100*time.Millisecond+noise/2 {
		t.Errorf("the gap is %v on the platform's clock and %v on the wall", gap, wall)
	}
}

// checkFill tells that between the encoders stand the last keyframe, each second,
// and silence in its cadence, both in real time.
func (s twoParts) checkFill(t *testing.T) {
	t.Helper()
	var keyframe relaytest.Received
	for _, m := range s.first {
		if m.Keyframe {
			keyframe = m
		}
	}
	last := map[media.Kind]relaytest.Received{}
	for _, m := range s.fill {
		step := map[media.Kind]time.Duration{media.Video: time.Second, media.Audio: time.Second * 1024 / 48000}[m.Kind]
		if want := map[media.Kind]uint64{media.Video: keyframe.Hash, media.Audio: silenceHash}[m.Kind]; m.Hash != want {
			t.Fatalf("between the encoders came %v", m.Payload)
		}
		before, ok := last[m.Kind]
		last[m.Kind] = m
		if !ok {
			continue
		}
		if d := time.Duration(m.Time-before.Time) * time.Millisecond; (d - step).Abs() > time.Millisecond {
			t.Errorf("%v came %v after the one before it, want %v", m.Payload, d, step)
		}
	}
	if n := len(s.fill); n > 1 {
		clock := time.Duration(s.fill[n-1].Time-s.fill[0].Time) * time.Millisecond
		if wall := s.fill[n-1].Arrived.Sub(s.fill[0].Arrived); (wall - clock).Abs() > noise {
			t.Errorf("the fill's clock ran %v in %v", clock, wall)
		}
	}
}

// A destination whose platform takes no new parameters gets a new connection
// when an encoder returns with others; the rest get new headers and go on.
func TestReturnWithOtherParameters(t *testing.T) {
	t.Parallel()
	goesOn, fixed := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	strict := to("fixed", fixed)
	strict.FixedParameters = true
	r := live(t, to("goes-on", goesOn), strict)
	first := r.encode(relaytest.EncoderConfig{})
	s := session(t, goesOn, 1)
	before := session(t, fixed, 1)
	reach(t, s, 1500)
	reach(t, before, 1500)
	first.Kill()
	stays(t, s, 1500*time.Millisecond)
	second := r.encode(relaytest.EncoderConfig{Source: otherHeader{seeded(2)}})
	must(t, second.WaitSent(within(t, 20*time.Second), 120))
	must(t, s.WaitFor(within(t, 20*time.Second), second.Sent()[119].Hash))
	got := split(t, s.Messages(), second.Sent())
	got.check(t, first, second)
	if h := got.second[0]; h.Kind != media.Video || !h.Header || !got.second[1].Keyframe {
		t.Errorf("the second encoder begins with %v, %v; want the changed header alone, then the keyframe", h.Payload, got.second[1].Payload)
	}
	again := session(t, fixed, 2)
	must(t, again.WaitFor(within(t, 20*time.Second), second.Sent()[119].Hash))
	must(t, before.WaitEnd(within(t, 5*time.Second)))
	if before.Goodbye() || fixed.MaxConcurrent() != 1 || len(fixed.Connections()) != 2 {
		t.Errorf("goodbye %v, %d connections, %d at once; want a second one after the first, without a goodbye",
			before.Goodbye(), len(fixed.Connections()), fixed.MaxConcurrent())
	}
	checkWhole(t, "fixed", second, again)
	if s := r.status("fixed"); s.Error != "" {
		t.Errorf("the reconnect counts as a failure: %q", s.Error)
	}
}

// otherHeader changes the video header of a source.
type otherHeader struct{ relaytest.Source }

func (s otherHeader) Next() (flv.Tag, error) {
	tag, err := s.Source.Next()
	if v, bad := media.InspectVideo(tag.Body); tag.Kind == media.Video && bad == nil && v.Header {
		tag.Body = bytes.Clone(tag.Body)
		tag.Body[len(tag.Body)-1] ^= 0x55
	}
	return tag, err
}

func TestHoldIsTold(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	e := r.encode(relaytest.EncoderConfig{})
	s := session(t, p, 1)
	reach(t, s, 500)
	e.Kill()
	eventually(t, 5*time.Second, "holding", func() bool { return r.Status()[0].State == relay.Holding })
	h := r.Status()[0].Hold
	if left := time.Until(h.Until); h.Goodbye || h.Feed != "picture and silence" || h.Note != "" || left < 50*time.Second || left > time.Minute {
		t.Errorf("the hold is told as %+v", h)
	}
	if told := r.tells(); !strings.Contains(told, `hawker_stream_holding{stream="main"} 1`) || !strings.Contains(told, `hawker_stream_drops_total{stream="main"} 1`) {
		t.Error("the metrics do not tell of the hold")
	}
	// A destination that is lost meanwhile is back, and begins as always.
	s.Reset()
	again := session(t, p, 2)
	must(t, again.Wait(within(t, 20*time.Second), func(s *relaytest.Session) bool { return count(s.Messages(), media.Video) > 2 }))
	must(t, relaytest.CheckOpening(again.Messages()))
	must(t, relaytest.CheckClock(again.Messages()))
}

func count(got []relaytest.Received, kind media.Kind) (n int) {
	for _, m := range got {
		if m.Kind == kind && !m.Header {
			n++
		}
	}
	return n
}
