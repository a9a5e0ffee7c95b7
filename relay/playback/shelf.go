package playback

import (
	"errors"
	"sync"
	"time"
)

// fragment is a moof and its mdat: what the feed is made of.
type fragment struct {
	number uint64
	data   []byte
	header *header
	key    bool // decoding can begin with it
	start  time.Duration
}

// part is some fragments, one after the other.
type part struct {
	number      uint64 // within the session, whatever the segment
	data        []byte
	length      time.Duration
	independent bool
}

// segment is some parts. The newest one grows.
type segment struct {
	number uint64
	parts  []part
	start  time.Duration // media time
	date   time.Time
	length time.Duration
	bytes  int64
	header *header
	broken bool // a discontinuity is before it
	bare   bool // it is one part, longer than parts may be: viewers are told of none
}

// shelf is what a session has to serve. The packager puts things on it, viewers
// take them. What is there is never changed, only let go of.
type shelf struct {
	timing   timing
	maxBytes int64
	ready    chan struct{} // closed when there is something to see, or never will be

	mu        sync.Mutex // guards the rest
	fragments []fragment // for the feed, oldest first
	frontier  uint64     // number of the next fragment
	keyframe  uint64     // number of the newest fragment with key
	segments  []*segment // whole ones, and the open one at the end if there is one
	open      bool
	shown     bool   // ready is closed
	carry     bool   // the next segment comes after a discontinuity, too
	listed    int    // index of the first segment in the playlist
	gone      int    // discontinuities before that one
	parts     uint64 // number of the next part
	bytes     int64  // in segments
	header    *header
	headers   []*header // that segments need
	epoch     time.Time
	ended     error         // why there will be no more
	version   uint64        // changes whenever the playlist does
	playlists [2]rendered   // whole and delta
	cues      []string      // lines of the playlist
	moved     chan struct{} // closed at the next fragment
	grown     chan struct{} // closed at the next part
}

type rendered struct {
	version uint64
	text    []byte
}

// timing is fixed for a session.
type timing struct {
	target   time.Duration // TARGETDURATION: whole seconds
	part     time.Duration // PART-TARGET
	interval time.Duration // of frames, as seen when the session began
}

func newShelf(t timing, maxBytes int64) *shelf {
	return &shelf{
		timing: t, maxBytes: maxBytes, frontier: 1, version: 1,
		ready: make(chan struct{}), moved: make(chan struct{}), grown: make(chan struct{}),
	}
}

// begin makes h the header of all fragments to come.
func (s *shelf) begin(h *header, epoch time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header, s.epoch = h, epoch
	s.headers = append(s.headers, h)
}

// show lets viewers in, if there is something to see. They are kept out until the
// first packets have been looked at, which may say that nobody can play them.
func (s *shelf) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.header != nil {
		s.letIn()
	}
}

func (s *shelf) letIn() {
	if !s.shown {
		s.shown = true
		close(s.ready)
	}
}

// addFragment puts a fragment where feeds find it, and wakes them.
func (s *shelf) addFragment(f fragment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.number, f.header = s.frontier, s.header
	s.frontier++
	if f.key {
		s.keyframe = f.number
	}
	s.fragments = append(s.fragments, f)
	s.trim(f.start - feedBehind)
	ring(&s.moved)
}

// openSegment begins a segment.
func (s *shelf) openSegment(start time.Duration, epoch time.Time, broken, bare bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := uint64(0)
	if n := len(s.segments); n > 0 {
		number = s.segments[n-1].number + 1
	}
	s.epoch = epoch
	broken = broken || s.carry
	s.carry = false
	s.segments = append(s.segments, &segment{number: number, start: start, date: epoch.Add(start), header: s.header, broken: broken, bare: bare})
	s.open = true
}

// addPart adds a part to the open segment, in which the last fragments now
// live, and wakes who waits for it.
func (s *shelf) addPart(p part, fragments []int, cues []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.segments[len(s.segments)-1]
	if p.number = s.parts; !g.bare {
		s.parts++
	}
	g.parts = append(g.parts, p)
	g.length += p.length
	g.bytes += int64(len(p.data))
	s.bytes += int64(len(p.data))
	s.rehouse(p.data, fragments)
	s.cues = cues
	s.version++
	ring(&s.grown)
}

// rehouse makes the newest fragments, of these sizes, pieces of data, which
// holds the same bytes.
func (s *shelf) rehouse(data []byte, sizes []int) {
	from := len(s.fragments) - len(sizes)
	for i, size := range sizes {
		if from+i >= 0 {
			s.fragments[from+i].data = data[:size:size]
		}
		data = data[size:]
	}
}

// closeSegment ends the open segment and lets go of old ones.
func (s *shelf) closeSegment() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	last := len(s.segments) - 1
	if g := s.segments[last]; len(g.parts) == 0 {
		s.segments, s.carry = s.segments[:last], g.broken
		return
	}
	s.version++
	s.evict()
	ring(&s.grown)
}

// end says that there will be no more, and why.
func (s *shelf) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = why
		s.letIn()
		s.version++
		ring(&s.moved)
		ring(&s.grown)
	}
}

// ring wakes all who wait on bell.
func ring(bell *chan struct{}) {
	close(*bell)
	*bell = make(chan struct{})
}

// visible tells whether there is, or was, something to serve.
func (s *shelf) visible() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown && s.header != nil && !errors.Is(s.ended, ErrUnsupported)
}

// over tells whether there will be no more.
func (s *shelf) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended != nil
}

// clock is the wall clock at media time 0.
func (s *shelf) clock() (epoch time.Time, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch, !s.epoch.IsZero()
}
