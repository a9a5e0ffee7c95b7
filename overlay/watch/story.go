package watch

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/pages"
)

// A show has the name of its beginning, or is all of a day (UTC).
const (
	showLayout = "2006-01-02T15-04-05Z"
	dayLayout  = "2006-01-02"
)

// isShow tells whether a show can have this name.
func isShow(date string) bool {
	for _, layout := range []string{showLayout, dayLayout} {
		if _, err := time.Parse(layout, date); err == nil {
			return true
		}
	}
	return false
}

// change is what a stream showed from a time of the clock on.
type change struct {
	At      int64         `json:"at"`
	Offers  []pages.Offer `json:"offers"`
	Banners []bannerView  `json:"banners"`
}

// What stories may cost: anybody can ask for any. That of a show which is over is
// kept as long as there is room; a change may be written down a little later than
// it happened.
const (
	maxChanges = 5000
	maxEvents  = 200_000
	keptBytes  = 16 << 20
	storyLasts = 30 * time.Second
	logLate    = time.Minute
)

var errLong = errors.New("the log is too long to look through")

// stories are what was on offer in shows, as it was told before. Of each stream one
// is made at a time, and others wait for it.
type stories struct {
	mu    sync.Mutex               // guards the rest
	turns map[string]chan struct{} // by stream; holds one while a story is made
	kept  map[string]story
	bytes int // of all that are kept
}

type story struct {
	body  []byte
	until time.Time // zero: for ever
}

func newStories() *stories {
	return &stories{turns: map[string]chan struct{}{}, kept: map[string]story{}}
}

// tell is the story of a stream's show.
func (s *stories) tell(ctx context.Context, log Log, links Links, stream string, span Span) ([]byte, error) {
	key := stream + " " + span.From.UTC().Format(time.RFC3339Nano)
	if !span.Running {
		key += " " + span.To.UTC().Format(time.RFC3339Nano)
	}
	if body, known := s.known(key); known {
		return body, nil
	}
	turn := s.turn(stream)
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-turn }()
	if body, known := s.known(key); known {
		return body, nil
	}
	now := time.Now()
	changes, err := changesOf(ctx, log, links, stream, span)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"changes": changes})
	if err != nil {
		return nil, err
	}
	one := story{body: body}
	if span.Running || now.Sub(span.To) < logLate {
		one.until = now.Add(storyLasts)
	}
	s.keep(key, one)
	return body, nil
}

func (s *stories) turn(stream string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns[stream] == nil {
		s.turns[stream] = make(chan struct{}, 1)
	}
	return s.turns[stream]
}

func (s *stories) known(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.kept[key]
	return one.body, known && (one.until.IsZero() || time.Now().Before(one.until))
}

// keep keeps a story. Which others have to make room does not matter.
func (s *stories) keep(key string, one story) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(key)
	if len(one.body) > keptBytes {
		return
	}
	for other := range s.kept {
		if s.bytes+len(one.body) > keptBytes {
			s.forget(other)
		}
	}
	s.kept[key], s.bytes = one, s.bytes+len(one.body)
}

// forget makes room. The caller holds mu.
func (s *stories) forget(key string) {
	s.bytes -= len(s.kept[key].body)
	delete(s.kept, key)
}

// changesOf goes through the log of a stream: what was on when the show began,
// and each change until it ended.
func changesOf(ctx context.Context, log Log, links Links, stream string, span Span) ([]change, error) {
	mark, err := log.Mark(ctx, stream, span.From)
	if err != nil {
		return nil, err
	}
	state, changes := &overlay.State{Stages: map[string]overlay.Stage{stream: mark.Stage}}, []change{}
	if mark.Seq > 0 {
		changes = noted(changes, mark.Stage, mark.At, span.From, links)
	}
	q := overlay.LogQuery{Stream: stream, After: mark.Seq}
	for seen := 0; ; {
		events, err := log.Events(ctx, q)
		if err != nil || len(events) == 0 {
			return changes, err
		}
		if seen += len(events); seen > maxEvents {
			return nil, errLong
		}
		for i := range events {
			e := &events[i]
			if e.At.After(span.To) {
				return changes, nil
			}
			if len(changes) >= maxChanges { // what came then is not known: better nothing than what is long over
				return noted(changes, overlay.Stage{}, e.At, span.From, links), nil
			}
			if e.Type == overlay.StepDone || e.Type == overlay.StepMissed || e.Type == overlay.ShowSet || e.Type == overlay.StreamLive || e.Type == overlay.StreamEnded {
				continue
			}
			state = state.With(*e)
			changes = noted(changes, state.Stages[stream], e.At, span.From, links)
		}
		q.After = events[len(events)-1].Seq
	}
}

// noted adds a change, if it is one for those who see it later: what was left and
// how long is not told. All that was before the show counts as its beginning.
func noted(changes []change, stage overlay.Stage, at, from time.Time, links Links) []change {
	var v view
	v.stageView(&stage, links)
	for i := range v.Offers {
		v.Offers[i].Starts, v.Offers[i].Ends, v.Offers[i].Stock = 0, 0, nil
	}
	for i := range v.Banners {
		v.Banners[i].Ends = 0
	}
	c := change{at.UnixMilli(), v.Offers, v.Banners}
	if at.Before(from) {
		return []change{c}
	}
	if n := len(changes); n > 0 && slices.Equal(changes[n-1].Offers, c.Offers) && slices.Equal(changes[n-1].Banners, c.Banners) {
		return changes
	}
	return append(changes, c)
}
