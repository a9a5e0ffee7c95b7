package overlay

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// State is all that is known after a number of events. It is never changed:
// With returns another. Its JSON form is a State again.
type State struct {
	// Seq is the number of events that it holds.
	Seq uint64 `json:"seq"`
	// Seen is until when the program that has saved this was there.
	Seen    time.Time         `json:"seen,omitzero"`
	Offers  map[string]Offer  `json:"offers,omitempty"`
	Banners map[string]Banner `json:"banners,omitempty"`
	Stages  map[string]Stage  `json:"stages,omitempty"`
}

// Stage is what one stream shows.
type Stage struct {
	// Since is when the broadcast began; zero when none is on.
	Since time.Time `json:"since,omitzero"`
	// Runs are the offers that are announced or can be had, in the order of
	// their announcement.
	Runs []Run `json:"runs,omitempty"`
	// Banners are those that are shown, in the order of their appearance.
	Banners []Shown `json:"banners,omitempty"`
	Show    Show    `json:"show,omitzero"`
	// Done are the indexes of the show's steps that have had their time, and
	// Missed are those of them that were not done.
	Done   []int `json:"done,omitempty"`
	Missed []int `json:"missed,omitempty"`
}

// Run is an offer on air.
type Run struct {
	// ID is the Seq of the event that announced or started it.
	ID uint64 `json:"run"`
	// Revision is the Seq of the last event about it.
	Revision uint64 `json:"revision"`
	// Started is false during the countdown.
	Started bool      `json:"started"`
	Starts  time.Time `json:"starts"`
	// Ends is when it ends; zero for until somebody ends it. It never moves.
	Ends time.Time `json:"ends,omitzero"`
	// Media is the stream's time at Revision, in milliseconds.
	Media int64 `json:"media_ms"`
	Offer Offer `json:"offer"`
}

// Shown is a banner on air.
type Shown struct {
	Revision uint64    `json:"revision"`
	Ends     time.Time `json:"ends,omitzero"`
	Media    int64     `json:"media_ms"`
	Banner   Banner    `json:"banner"`
}

// Run returns the run of an offer on the stage.
func (s Stage) Run(offer string) (Run, bool) {
	i := slices.IndexFunc(s.Runs, func(r Run) bool { return r.Offer.ID == offer })
	if i < 0 {
		return Run{}, false
	}
	return s.Runs[i], true
}

// RunningOn lists the streams that an offer runs on.
func (s *State) RunningOn(offer string) (streams []string) {
	for name, stage := range s.Stages {
		if _, on := stage.Run(offer); on {
			streams = append(streams, name)
		}
	}
	slices.Sort(streams)
	return streams
}

// SortedOffers are all offers by ID.
func (s *State) SortedOffers() []Offer {
	return slices.SortedFunc(maps.Values(s.Offers), func(a, b Offer) int { return cmp.Compare(a.ID, b.ID) })
}

// SortedBanners are all banners by ID.
func (s *State) SortedBanners() []Banner {
	return slices.SortedFunc(maps.Values(s.Banners), func(a, b Banner) int { return cmp.Compare(a.ID, b.ID) })
}

// With is the state after more events, in their order.
func (s *State) With(events ...Event) *State {
	next := &State{s.Seq, s.Seen, clone(s.Offers), clone(s.Banners), clone(s.Stages)}
	for i := range events {
		next.apply(&events[i])
	}
	return next
}

func clone[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

func (s *State) apply(e *Event) {
	s.Seq = e.Seq
	switch e.Type {
	case OfferPut:
		s.Offers[e.ID] = *e.Offer
	case OfferRemoved:
		delete(s.Offers, e.ID)
	case BannerPut:
		s.Banners[e.ID] = *e.Banner
	case BannerRemoved:
		delete(s.Banners, e.ID)
	default:
		stage := s.Stages[e.Stream]
		stage.apply(e)
		s.Stages[e.Stream] = stage
	}
}

func (s *Stage) apply(e *Event) {
	switch e.Type {
	case OfferAnnounced, OfferStarted, OfferUpdated:
		s.Runs = put(s.Runs, Run{e.Run, e.Seq, e.Type == OfferStarted, e.Starts, e.Ends, e.Media, *e.Offer}, e)
	case OfferEnded:
		s.Runs = slices.DeleteFunc(slices.Clone(s.Runs), func(r Run) bool { return r.ID == e.Run })
	case BannerShown:
		s.Banners = append(slices.Clone(s.Banners), Shown{e.Seq, e.Ends, e.Media, *e.Banner})
	case BannerHidden:
		s.Banners = slices.DeleteFunc(slices.Clone(s.Banners), func(b Shown) bool { return b.Banner.ID == e.ID })
	case ShowSet:
		s.Done, s.Missed = s.carried(*e.Show, e.At)
		s.Show = *e.Show
	case StepDone:
		s.Done = append(slices.Clone(s.Done), e.Step)
	case StepMissed:
		s.Done, s.Missed = append(slices.Clone(s.Done), e.Step), append(slices.Clone(s.Missed), e.Step)
	case StreamLive:
		s.Since = e.At
		again := func(i int) bool { return s.Show.Steps[i].At.IsZero() }
		s.Done, s.Missed = slices.DeleteFunc(slices.Clone(s.Done), again), slices.DeleteFunc(slices.Clone(s.Missed), again)
	case StreamEnded:
		s.Since = time.Time{}
	}
}

// carried are the steps of a new show that have had their time: those that had it
// in the one before, and those that would have had it before the change. An offer
// does not start again because somebody adds a step.
func (s *Stage) carried(next Show, at time.Time) (done, missed []int) {
	had := map[Step]int{}
	for _, i := range s.Done {
		had[s.Show.Steps[i]] = i
	}
	for j, step := range next.Steps {
		i, before := had[step]
		when := s.when(step)
		if !before && (when.IsZero() || !when.Before(at)) {
			continue
		}
		done = append(done, j)
		if before && slices.Contains(s.Missed, i) {
			missed = append(missed, j)
		}
	}
	return done, missed
}

// put replaces a run or adds it. An update keeps its phase.
func put(runs []Run, r Run, e *Event) []Run {
	runs = slices.Clone(runs)
	i := slices.IndexFunc(runs, func(other Run) bool { return other.ID == r.ID })
	if i < 0 {
		return append(runs, r)
	}
	if e.Type == OfferUpdated {
		r.Started = runs[i].Started
	}
	runs[i] = r
	return runs
}

// Restarted is the state for a program that has found the events up to first when
// it started: the streams' own times have begun anew since.
func (s *State) Restarted(first uint64) *State {
	next := s.With()
	for name, stage := range next.Stages {
		stage.Runs, stage.Banners = slices.Clone(stage.Runs), slices.Clone(stage.Banners)
		for i := range stage.Runs {
			if r := &stage.Runs[i]; r.Revision <= first {
				r.Media = 0
			}
		}
		for i := range stage.Banners {
			if b := &stage.Banners[i]; b.Revision <= first {
				b.Media = 0
			}
		}
		next.Stages[name] = stage
	}
	return next
}
