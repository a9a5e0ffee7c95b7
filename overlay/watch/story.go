package watch

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// A show has the name of its beginning, or is all of a day (UTC).
const (
	showLayout = "2006-01-02T15-04-05Z"
	dayLayout  = "2006-01-02"
)

// longestShow bounds how far after its beginning a show is looked at.
const longestShow = 24 * time.Hour

// isShow tells whether a show can have this name.
func isShow(date string) bool {
	_, _, ok := showSpan(date)
	return ok
}

// showSpan is the time of a show, or more.
func showSpan(date string) (from, to time.Time, ok bool) {
	for _, layout := range []string{showLayout, dayLayout} {
		if at, err := time.Parse(layout, date); err == nil {
			return at, at.Add(longestShow), true
		}
	}
	return from, to, false
}

// change is what a stream showed from a time of the clock on.
type change struct {
	At      int64        `json:"at"`
	Offers  []offerView  `json:"offers"`
	Banners []bannerView `json:"banners"`
}

// What stories may cost: anybody can ask for any.
const (
	maxChanges  = 5000
	maxEvents   = 200_000
	keptStories = 32
	storyLasts  = 30 * time.Second
)

var errLong = errors.New("the log is too long to look through")

// stories are what was on offer in shows, as it was told a moment ago. One is made
// at a time.
type stories struct {
	turn chan struct{} // holds one while a story is made

	mu   sync.Mutex // guards kept
	kept map[string]story
}

type story struct {
	body  []byte
	until time.Time
}

func newStories() *stories {
	return &stories{turn: make(chan struct{}, 1), kept: map[string]story{}}
}

// tell is the story of a stream between two times.
func (s *stories) tell(ctx context.Context, log Log, links Links, stream string, from, to time.Time) ([]byte, error) {
	key := stream + from.String()
	if body, known := s.known(key); known {
		return body, nil
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.turn }()
	if body, known := s.known(key); known {
		return body, nil
	}
	changes, err := changesOf(ctx, log, links, stream, from, to)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"changes": changes})
	if err == nil {
		s.keep(key, body)
	}
	return body, err
}

func (s *stories) known(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, known := s.kept[key]
	return kept.body, known && time.Now().Before(kept.until)
}

// keep keeps a story. Which other one has to make room does not matter.
func (s *stories) keep(key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.kept {
		if len(s.kept) >= keptStories {
			delete(s.kept, other)
		}
	}
	s.kept[key] = story{body, time.Now().Add(storyLasts)}
}

// changesOf goes through the log of a stream: what was on when the show began,
// and each change until it ended.
func changesOf(ctx context.Context, log Log, links Links, stream string, from, to time.Time) ([]change, error) {
	state, changes, q := &overlay.State{}, []change{}, overlay.LogQuery{Stream: stream}
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
			if e.At.After(to) || len(changes) >= maxChanges {
				return changes, nil
			}
			if e.Type == overlay.StepDone || e.Type == overlay.StepMissed || e.Type == overlay.ShowSet || e.Type == overlay.StreamLive || e.Type == overlay.StreamEnded {
				continue
			}
			state = state.With(*e)
			changes = noted(changes, state.Stages[stream], e.At, from, links)
		}
		q.After = events[len(events)-1].Seq
	}
}

// noted adds a change. All that was before the show counts as its beginning.
func noted(changes []change, stage overlay.Stage, at, from time.Time, links Links) []change {
	var v view
	v.stageView(&stage, links)
	c := change{at.UnixMilli(), v.Offers, v.Banners}
	if at.Before(from) {
		return []change{c}
	}
	return append(changes, c)
}
