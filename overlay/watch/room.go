package watch

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// room is what the viewers of one stream are told. Messages are made once for
// all of them; a viewer is a place in the list of those that are kept.
type room struct {
	stream string
	boot   string // of this program's run

	mu       sync.Mutex // guards the rest
	since    time.Time  // when the broadcast began; zero when nothing is on
	first    time.Time  // when the first one of the same show did
	ended    time.Time  // when the last one did
	seen     overlay.Stage
	told     bool // there is a state
	next     uint64
	kept     []message
	state    []byte        // the newest state
	bell     chan struct{} // closed at the next message
	closed   bool          // the stream has no page any more
	audience audience
}

// message is an event as it goes over the wire.
type message struct {
	number uint64
	data   []byte
}

// keptMessages is how far behind a viewer may be before it goes on with the
// newest state.
const keptMessages = 32

func newRoom(stream, boot string) *room {
	return &room{stream: stream, boot: boot, next: 1, bell: make(chan struct{})}
}

// tell sends a message to all. The caller holds mu.
func (r *room) tell(data []byte) {
	if len(r.kept) == keptMessages {
		copy(r.kept, r.kept[1:])
		r.kept = r.kept[:keptMessages-1]
	}
	r.kept = append(r.kept, message{r.next, data})
	r.next++
	r.ring()
}

func (r *room) ring() {
	close(r.bell)
	r.bell = make(chan struct{})
}

// after returns what a viewer has not been sent who was sent all up to number;
// 0 is one who has just come. Without any, bell is closed when there is.
func (r *room) after(number uint64) (news [][]byte, last uint64, bell chan struct{}, closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last = r.next - 1
	missed := number+1 < r.next && (len(r.kept) == 0 || number+1 < r.kept[0].number)
	if number == 0 || missed {
		if r.told {
			news = append(news, r.state)
		}
		return news, last, r.bell, r.closed
	}
	for _, m := range r.kept {
		if m.number > number {
			news = append(news, m.data)
		}
	}
	return news, last, r.bell, r.closed
}

// show tells viewers of a state, unless they know it.
func (r *room) show(set *settings, links Links, stage *overlay.Stage, at int64, over []overView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = *stage
	v := view{
		Page: set.version, Session: fmt.Sprintf("%s-%d", r.boot, overlay.Millis(r.since)), Since: overlay.Millis(r.since), Ended: overlay.Millis(r.ended),
		T: at, Over: over,
	}
	if page := set.page(r.stream); page != nil {
		v.Next = overlay.Millis(page.StartsAt)
	}
	v.stageView(stage, links)
	body, err := json.Marshal(v)
	if err != nil {
		return // a view holds nothing that JSON has not
	}
	data := event("state", body)
	if r.told && string(data) == string(r.state) {
		return
	}
	r.state, r.told = data, true
	r.tell(data)
}

// live notes that a broadcast has begun, or with a zero time ended. It tells
// whether that is news.
func (r *room) live(since, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.Equal(since) {
		return false
	}
	r.audience.settle(!r.since.IsZero(), now)
	if since.IsZero() {
		r.ended = now
	} else {
		if goesOn := !r.since.IsZero() || !r.ended.IsZero() && since.Sub(r.ended) < betweenShows; !goesOn {
			r.first = since
		}
		r.audience.begin()
	}
	r.since = since
	return true
}

// on is when the broadcast began that is on, zero when none is, and when its show
// did.
func (r *room) on() (since, show time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.since, r.first
}

// close ends the room.
func (r *room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.ring()
}

// event is a server-sent event. Its data has no line breaks.
func event(name string, data []byte) []byte {
	return fmt.Appendf(make([]byte, 0, len(name)+len(data)+20), "event: %s\ndata: %s\n\n", name, data)
}

// beat is an event that tells the time, and how many are here.
func beat(now time.Time, viewers int) []byte {
	return event("beat", fmt.Appendf(nil, `{"now":%d,"viewers":%d}`, now.UnixMilli(), viewers))
}
