package overlay

import (
	"fmt"
	"slices"
	"time"
)

// MaxLate is how long after its time a step of a show is still done. One whose
// time went by while nobody looked is missed: an offer must not start an hour
// late because a computer slept.
const MaxLate = time.Minute

// SetShow sets what starts when on a stream; a show without steps clears it.
func (s *State) SetShow(stream string, show Show, now time.Time) ([]Event, error) {
	if err := show.Validate(); err != nil {
		return nil, err
	}
	show.Steps = slices.Clone(show.Steps)
	for i := range show.Steps {
		step := &show.Steps[i]
		step.At, step.After = step.At.Round(0).UTC(), step.After.Round(time.Millisecond)
	}
	before := s.Stages[stream].Show
	if before.Source == FromFile && show.Source != FromFile {
		return nil, because(ErrConflict, "the show of %s stands in the file of offers: change it there", stream)
	}
	if slices.Equal(before.Steps, show.Steps) && (before.Source == show.Source || len(show.Steps) == 0) {
		return nil, nil
	}
	d := s.draft(now)
	d.add(Event{Type: ShowSet, Stream: stream, Show: &show})
	return d.events, nil
}

// Retire ends what is on streams that are not configured any more: nobody could
// end it there.
func (s *State) Retire(streams []string, now time.Time) []Event {
	d := s.draft(now)
	for _, name := range s.sortedStreams() {
		if slices.Contains(streams, name) {
			continue
		}
		stage := s.Stages[name]
		for _, r := range stage.Runs {
			d.end(name, r, &r.Offer, StreamGone, d.now)
		}
		for _, b := range stage.Banners {
			d.hide(name, b, StreamGone, d.now)
		}
		if len(stage.Show.Steps) > 0 {
			d.add(Event{Type: ShowSet, Stream: name, Show: &Show{}})
		}
		if !stage.Since.IsZero() {
			d.add(Event{Type: StreamEnded, Stream: name})
		}
	}
	return d.events
}

// WentLive notes that a broadcast has begun, from which the show's steps count.
func (s *State) WentLive(stream string, since time.Time) []Event {
	d := s.draft(since)
	d.add(Event{Type: StreamLive, Stream: stream})
	return d.events
}

// WentOff notes that it has ended, if it was on. Offers go on until their time.
func (s *State) WentOff(stream string, now time.Time) []Event {
	if s.Stages[stream].Since.IsZero() {
		return nil
	}
	d := s.draft(now)
	d.add(Event{Type: StreamEnded, Stream: stream})
	return d.events
}

// Due is what the clock has brought about until now, in the order in which it
// was due: countdowns that are over, offers and banners whose time is, steps of
// shows.
func (s *State) Due(now time.Time) []Event {
	d := s.draft(now)
	for {
		a, ok := d.state.next()
		if !ok || a.at.After(now) {
			return d.events
		}
		a.do(d)
	}
}

// Next is when Due will have something; ok is false when nothing is planned.
func (s *State) Next() (at time.Time, ok bool) {
	a, ok := s.next()
	return a.at, ok
}

// action is something that the clock does.
type action struct {
	at time.Time
	do func(*draft)
}

// next finds the action that is due first.
func (s *State) next() (first action, ok bool) {
	consider := func(at time.Time, do func(*draft)) {
		if !at.IsZero() && (!ok || at.Before(first.at)) {
			first, ok = action{at, do}, true
		}
	}
	for _, stream := range s.sortedStreams() {
		stage := s.Stages[stream]
		for _, r := range stage.Runs {
			if !r.Started {
				consider(r.Starts, func(d *draft) { d.begin(stream, r) })
			}
			consider(r.Ends, func(d *draft) { d.end(stream, r, &r.Offer, ByTime, r.Ends) })
		}
		for _, b := range stage.Banners {
			consider(b.Ends, func(d *draft) { d.hide(stream, b, ByTime, b.Ends) })
		}
		for i, step := range stage.Show.Steps {
			if at := stage.when(step); !at.IsZero() && !slices.Contains(stage.Done, i) {
				consider(at, func(d *draft) { d.step(stream, i, step, at) })
			}
		}
	}
	return first, ok
}

// when is the time of a step; zero when that is not known yet.
func (s Stage) when(step Step) time.Time {
	switch {
	case !step.At.IsZero():
		return step.At
	case s.Since.IsZero():
		return time.Time{}
	}
	return s.Since.Add(step.After)
}

// begin ends a countdown.
func (d *draft) begin(stream string, r Run) {
	d.add(Event{Type: OfferStarted, At: r.Starts, Stream: stream, ID: r.Offer.ID, Run: r.ID, Starts: r.Starts, Ends: r.Ends, Offer: &r.Offer})
}

// step does a step of the show, or says why not.
func (d *draft) step(stream string, index int, step Step, at time.Time) {
	note := Event{Type: StepDone, Stream: stream, Step: index, ID: step.Offer + step.End + step.Banner}
	events, err := d.state.doStep(stream, step, d.now)
	if late := d.now.Sub(at); late > MaxLate {
		events, err = nil, fmt.Errorf("its time went by %v before anybody looked", late.Round(time.Second))
	}
	if err != nil {
		note.Type, note.Reason = StepMissed, err.Error()
	}
	d.add(note)
	for _, e := range events {
		e.Seq, e.Run = 0, runOf(e)
		d.add(e)
	}
}

// runOf is the run of an event that belongs to one from before.
func runOf(e Event) uint64 {
	if e.Run == e.Seq {
		return 0
	}
	return e.Run
}

func (s *State) doStep(stream string, step Step, now time.Time) ([]Event, error) {
	switch {
	case step.Offer != "":
		return s.Start(stream, step.Offer, nil, now)
	case step.End != "":
		return s.endEither(stream, step.End, now)
	}
	b, ok := s.Banners[step.Banner]
	if !ok {
		return nil, because(ErrNotFound, "there is no banner %q", step.Banner)
	}
	return s.ShowBanner(stream, b, now)
}

// endEither ends the offer of this ID, or hides the banner.
func (s *State) endEither(stream, id string, now time.Time) ([]Event, error) {
	if _, on := s.Stages[stream].Run(id); !on {
		if events, err := s.HideBanner(stream, id, ByShow, now); err == nil {
			return events, nil
		}
	}
	return s.End(stream, id, ByShow, now)
}
