package inject_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// event is a change that was added, and what was known then.
type event struct {
	at    time.Duration // its media time
	known time.Duration // where the stream was when it had been added
	away  bool          // while no encoder was there
}

// shop adds events one after the other, as a show does that sells.
type shop struct {
	rig *rig

	mu     sync.Mutex // guards the rest
	events []event
	away   bool
}

// eventJSON is what is told of an event.
type eventJSON struct {
	N      int  `json:"n"`
	Repeat bool `json:"repeat,omitempty"`
}

// run adds n events, 140 a second, and ten while no encoder is there. The three
// newest are what runs.
func (s *shop) run(ctx context.Context, n int) error {
	tick := time.NewTicker(7 * ms)
	defer tick.Stop()
	var running []inject.Cue
	for i := 0; i < n; {
		for range s.pace() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		at, ok := s.rig.Position("main")
		if !ok {
			continue
		}
		change, _ := json.Marshal(eventJSON{N: i})
		again, _ := json.Marshal(eventJSON{N: i, Repeat: true})
		c := inject.Cue{Name: "offer.start", ID: fmt.Sprint(i), At: at, JSON: change, Repeat: again}
		running = append(slices.Clone(running[max(0, len(running)-2):]), c)
		if err := s.rig.track.Add(c, running); err != nil {
			return err
		}
		known, _ := s.rig.Position("main")
		s.mu.Lock()
		s.events = append(s.events, event{at, known, s.away})
		s.mu.Unlock()
		i++
	}
	return nil
}

func (s *shop) pace() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return 14
	}
	return 1
}

func (s *shop) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// check tells whether a connection was told what it had to be in one format: what
// ran at its beginning, then each event from then on once, in order and in time.
// Unless it was cut, all of them.
func (s *shop) check(t *testing.T, name, how string, h heard, zero time.Duration, whole bool) {
	t.Helper()
	s.mu.Lock()
	events := slices.Clone(s.events)
	s.mu.Unlock()
	next, _ := slices.BinarySearchFunc(events, zero, func(e event, at time.Duration) int { return int(e.at - at) })
	first, count, repeats := next, 0, map[time.Duration]int{}
	var worst time.Duration
	for _, c := range h.cues {
		if c.how != how {
			continue
		}
		var j eventJSON
		must(t, json.Unmarshal([]byte(c.what), &j))
		at := c.at + zero
		if j.Repeat {
			repeats[at/inject.RepeatEvery]++
			continue
		}
		if j.N != next {
			t.Fatalf("%s, %s: event %d came at %v, want %d next", name, how, j.N, at, next)
		}
		e := events[j.N]
		limit := e.known + 100*ms
		if e.away { // the pictures are a second apart, and the first is late by as much as it takes to notice
			limit = e.known + 1500*ms
		}
		if at <= e.at || at > limit {
			t.Errorf("%s, %s: event %d of %v (known at %v) came at %v", name, how, j.N, e.at, e.known, at)
		}
		if !e.away {
			worst = max(worst, at-e.at)
		}
		next++
		count++
	}
	if whole && next != len(events) || count == 0 {
		t.Errorf("%s, %s: events %d to %d came, of %d", name, how, first, next, len(events))
	}
	last := h.media[len(h.media)-1]
	for slot := zero / inject.RepeatEvery; slot <= (zero+time.Duration(last.Time)*ms-100*ms)/inject.RepeatEvery; slot++ {
		want := 3
		if slot == zero/inject.RepeatEvery {
			want = min(3, first)
		}
		if repeats[slot] != want {
			t.Errorf("%s, %s: %d repetitions in the ten seconds number %d, want %d", name, how, repeats[slot], slot, want)
		}
	}
	t.Logf("%s, %s: events %d to %d of %d, at most %v late", name, how, first, next, len(events), worst)
}

// TestEventsDuringAShow is a show of a thousand events in which a destination is
// reset and the encoder is away for a while.
func TestEventsDuringAShow(t *testing.T) {
	t.Parallel()
	const count = 1000
	r := newRig(t)
	formats := map[string]inject.Formats{
		"amf": {AMF: true}, "sei": {SEI: true}, "both": both, "late": both, "victim": both, "plain": {}, "plainer": {},
	}
	platforms := map[string]*relaytest.Platform{}
	for name := range formats {
		platforms[name] = relaytest.StartPlatform(t, relaytest.PlatformConfig{KeepBodies: true})
	}
	r.run(r.show(formats, platforms)...)
	source := relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000, BFrames: true}
	first := r.encode(source.Source())
	for _, p := range platforms {
		reach(t, session(t, p, 1), 100)
	}
	s := &shop{rig: r}
	ctx, cancel := context.WithCancel(t.Context())
	var failure error
	sold := make(chan struct{})
	go func() {
		defer close(sold)
		failure = s.run(ctx, count)
	}()
	defer func() { cancel(); <-sold }()

	reach(t, session(t, platforms["amf"], 1), 2000)
	platforms["victim"].Reset()
	reach(t, session(t, platforms["victim"], 2), 1000)
	s.setAway(true)
	before := map[string]int{}
	for _, name := range []string{"plain", "plainer"} {
		before[name] = len(session(t, platforms[name], 1).Messages())
	}
	at, _ := r.Position("main")
	until(t, "pictures for what came before", func() bool { now, _ := r.Position("main"); return now > at+200*ms })
	first.Kill()
	rest(t, 2500*ms)
	source.Seed = 1
	second := r.encode(source.Source())
	must(t, second.WaitSent(within(t, 20*time.Second), 50))
	until(t, "the encoder that is back", func() bool { return r.Status()[0].State == relay.Live })
	s.setAway(false)
	<-sold
	must(t, failure)
	told := time.Now().Add(1500 * ms) // with late's second
	for _, p := range platforms {
		must(t, session(t, p, len(p.Sessions())).Wait(within(t, 20*time.Second), func(s *relaytest.Session) bool {
			last, _ := s.Last()
			return last.Arrived.After(told)
		}))
	}
	second.Stop()

	for name, f := range formats {
		n := 1
		if name == "victim" {
			n = 2
		}
		if got := len(platforms[name].Sessions()); got != n {
			t.Fatalf("%s has had %d connections, want %d", name, got, n)
		}
		for i := range n {
			h := listen(t, session(t, platforms[name], i+1))
			zero := h.zero(t, first)
			must(t, relaytest.CheckOpening(h.media))
			must(t, relaytest.CheckClock(h.media))
			for how, wanted := range map[string]bool{"sei": f.SEI, "point": f.AMF, "text": f.AMF} {
				if wanted {
					s.check(t, name, how, h, zero, i == n-1)
				} else if list(h.cues, how) != "" {
					t.Errorf("%s is told things as %s", name, how)
				}
			}
			keyframe := slices.IndexFunc(h.media, func(m relaytest.Received) bool { return m.Keyframe })
			if len(h.cues) > 0 && h.cues[0].nth < keyframe {
				t.Errorf("%s is told %v before its first keyframe", name, h.cues[0])
			}
		}
	}
	sameMedia(t, platforms, before, first, second)
	for _, name := range []string{"amf", "sei"} {
		if n := r.counted(name); n < count {
			t.Errorf("%s: %v cues are counted", name, n)
		}
	}
}

// sameMedia tells that the sinks without cues got what the encoders sent, byte
// for byte, and the others the same beside the cues.
func sameMedia(t *testing.T, platforms map[string]*relaytest.Platform, before map[string]int, first, second *relaytest.Encoder) {
	t.Helper()
	plain := session(t, platforms["plain"], 1).Messages()
	for name, cut := range before {
		got := session(t, platforms[name], 1).Messages()
		must(t, relaytest.Compare(first.Sent(), got[:cut]))
		opening := slices.DeleteFunc(slices.Clone(got[:cut]), func(m relaytest.Received) bool { return !m.Header })
		sent := second.Sent()
		start := slices.IndexFunc(got, func(m relaytest.Received) bool {
			return m.Keyframe && slices.ContainsFunc(sent, func(s relaytest.Sent) bool { return s.Hash == m.Hash })
		})
		must(t, relaytest.Compare(sent, slices.Concat(opening, got[start:])))
	}
	for name, p := range platforms {
		for _, s := range p.Sessions() {
			h := listen(t, s)
			from := slices.IndexFunc(h.media, func(m relaytest.Received) bool { return !m.Header })
			same := slices.IndexFunc(plain, func(m relaytest.Received) bool { return m.Hash == h.media[from].Hash })
			if same < 0 {
				t.Fatalf("%s began before the others", name)
			}
			for i, m := range h.media[from:] {
				if same+i == len(plain) {
					break
				}
				want := plain[same+i]
				if m.Kind != want.Kind || m.Hash != want.Hash || m.Time-h.media[from].Time != want.Time-plain[same].Time {
					t.Fatalf("%s: message %d is %v, want %v", name, from+i, m.Payload, want.Payload)
				}
			}
		}
	}
	for _, m := range plain {
		if m.Kind == media.Data && !m.Header {
			t.Errorf("who wants no cues gets %v", m.Payload)
		}
	}
}
