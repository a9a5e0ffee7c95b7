package playback_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/playback"
)

// cues is a timeline that changes.
type cues struct {
	mu   sync.Mutex // guards list
	list []playback.Cue
}

func (c *cues) Cues(from, to time.Duration) (out []playback.Cue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cue := range c.list {
		if cue.Start < to && (cue.End == 0 || cue.End > from) {
			out = append(out, cue)
		}
	}
	return out
}

func (c *cues) add(more ...playback.Cue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, more...)
}

func TestCuesAreDateRanges(t *testing.T) {
	timeline := &cues{}
	bubble(t, func(t *testing.T, g *stage) {
		began := time.Now().Add(-5010 * time.Millisecond)
		f := follow(g)
		step := func() {
			t.Helper()
			if _, err := f.step(); err != nil { // date ranges never change: see checkAfter
				t.Fatal(err)
			}
		}
		step()
		data := `{"offer":"vase, \"blue\"","€":12}`
		timeline.add(
			playback.Cue{ID: "offer-1", Start: 4500 * time.Millisecond, End: 9 * time.Second, Data: []byte(data)},
			playback.Cue{ID: "offer-2", Start: 6 * time.Second},
			playback.Cue{ID: `"`, Start: 6 * time.Second}, playback.Cue{ID: "line\nbreak"}, playback.Cue{}, // none of them valid
		)
		synctest.Wait()
		step()
		step()
		if len(f.last.ranges) != 2 {
			t.Fatalf("%d date ranges, want 2: %v", len(f.last.ranges), f.last.ranges)
		}
		first, second := attributes(f.last.ranges["offer-1"]), attributes(f.last.ranges["offer-2"])
		start, err := time.Parse(time.RFC3339, first["START-DATE"])
		got, err2 := base64.StdEncoding.DecodeString(first["X-HAWKER-CUE"])
		if err != nil || err2 != nil || !start.Equal(began.Add(4500*time.Millisecond)) || first["DURATION"] != "4.5" || string(got) != data {
			t.Errorf("offer-1 is %v, %s", first, got)
		}
		if _, has := second["DURATION"]; has || second["CLASS"] != "live.hawker.cue" {
			t.Errorf("offer-2 is %v", second)
		}
		timeline.mu.Lock()
		timeline.list[1].End = 8 * time.Second // which must not be told under the same ID
		timeline.mu.Unlock()
		timeline.add(playback.Cue{ID: "offer-2-end", Start: 8 * time.Second})
		for range 160 { // until the first has left the playlist
			step()
		}
		if _, has := f.last.ranges["offer-1"]; has || strings.Contains(f.last.ranges["offer-2"], "DURATION") {
			t.Errorf("half a minute later: %v", f.last.ranges)
		}
	}, func(c *playback.Config) { c.Timeline = timeline })
}
