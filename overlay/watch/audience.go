package watch

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Audience is how a stream is watched on its page.
type Audience struct {
	// Viewers are here now, whether or not something is on. Peak is the most of
	// the broadcast that is on, or of the last one.
	Viewers int `json:"viewers"`
	Peak    int `json:"peak"`
	// Joins counts who came to see a broadcast, since the program runs, and
	// Returning those among them who had seen another show before: a broadcast
	// that had ended four hours before this one began, or before another one
	// of the same evening did. What is not known of its end, because the program
	// was started since, is judged by its beginning.
	Joins     uint64 `json:"joins"`
	Returning uint64 `json:"returning"`
	// WatchSeconds is how long all of them together have been here while
	// something was on.
	WatchSeconds float64 `json:"watch_seconds"`
}

// audience counts one. The room's mu guards it.
type audience struct {
	Audience
	settled time.Time
	told    int // the number of viewers that they were told last
}

// settle counts the time up to now.
func (a *audience) settle(live bool, now time.Time) {
	if past := now.Sub(a.settled); live && past > 0 && !a.settled.IsZero() {
		a.WatchSeconds += past.Seconds() * float64(a.Viewers)
	}
	a.settled = now
}

func (a *audience) begin() { a.Peak = a.Viewers }

// enter and leave count a viewer's page.
func (r *room) enter(by int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	live := !r.since.IsZero()
	r.audience.settle(live, now)
	r.audience.Viewers += by
	if live {
		r.audience.Peak = max(r.audience.Peak, r.audience.Viewers)
	}
}

// joined counts one who has come to see a broadcast.
func (r *room) joined(returning bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.audience.Joins++
	if returning {
		r.audience.Returning++
	}
}

// report is how it is now.
func (r *room) report(now time.Time) Audience {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.audience.settle(!r.since.IsZero(), now)
	return r.audience.Audience
}

// count tells viewers how many they are, if that has changed, or always.
func (r *room) count(now time.Time, always bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !always && r.audience.told == r.audience.Viewers {
		return
	}
	r.audience.told = r.audience.Viewers
	r.tell(beat(now, r.audience.Viewers))
}

// viewers is how many there are.
func (r *room) viewers() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.audience.Viewers
}

// betweenShows is how much later a broadcast belongs to another show: when a hold was
// too short, an evening has two.
const betweenShows = 4 * time.Hour

// maxRecent is how many visitors are remembered. Those beyond are new each time.
const maxRecent = 100_000

// recent are the visitors since the program runs.
type recent struct {
	seed maphash.Seed

	mu   sync.Mutex       // guards last
	last map[uint64]int64 // the broadcast that a visitor of a stream saw last, and with it 1 for returning
}

func newRecent() *recent { return &recent{seed: maphash.MakeSeed(), last: map[uint64]int64{}} }

// Visit implements Visits.
func (v *recent) Visit(_ context.Context, one overlay.Visit, may func() bool) (first, returning bool, err error) {
	key := maphash.String(v.seed, one.Stream+"\x00"+one.Visitor)
	on := one.Broadcast.UnixMilli() << 1
	v.mu.Lock()
	defer v.mu.Unlock()
	last, known := v.last[key]
	if !known && (len(v.last) >= maxRecent || !may()) {
		return true, false, nil
	}
	again := last & 1
	if known && last>>1 <= one.Before.UnixMilli() {
		again = 1
	}
	v.last[key] = on | again
	return !known || last>>1 != on>>1, again == 1, nil
}
