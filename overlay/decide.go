package overlay

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// MaxRuns and MaxShown are how many offers and banners one stream may show at
// the same time.
const (
	MaxRuns  = 8
	MaxShown = 4
)

// draft is events that follow from a state at a time. It keeps the state that
// would be, for those that follow from the first.
type draft struct {
	state  *State
	now    time.Time
	events []Event
}

func (s *State) draft(now time.Time) *draft { return &draft{state: s, now: now.Round(0).UTC()} }

// add gives an event its number, and its time if it has none.
func (d *draft) add(e Event) {
	e.Seq = d.state.Seq + 1
	if e.At.IsZero() {
		e.At = d.now
	}
	if e.Run == 0 && (e.Type == OfferAnnounced || e.Type == OfferStarted || e.Type == BannerShown) {
		e.Run = e.Seq
	}
	d.events = append(d.events, e)
	d.state = d.state.With(e)
}

// PutOffer makes an offer or changes it, everywhere it runs. A change never
// moves the end of a run; without stock the run ends.
func (s *State) PutOffer(o Offer, now time.Time) ([]Event, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.Duration, o.Countdown = o.Duration.Round(time.Millisecond), o.Countdown.Round(time.Millisecond) // as JSON keeps them
	before, known := s.Offers[o.ID]
	if known && before.Source == FromFile && o.Source != FromFile {
		return nil, because(ErrConflict, "offer %s stands in the file of offers: change it there; only its stock is set here", o.ID)
	}
	if !known && len(s.Offers) >= MaxOffers {
		return nil, because(ErrConflict, "there are %d offers already, which is the most", MaxOffers)
	}
	if known && reflect.DeepEqual(before, o) {
		return nil, nil
	}
	running := s.RunningOn(o.ID)
	if o.Disclosure == "" && len(running) > 0 {
		return nil, because(ErrUndisclosed, "offer %s runs on %s: its disclosure cannot be taken away; put it back, or end the offer first", o.ID, strings.Join(running, ", "))
	}
	d := s.draft(now)
	d.add(Event{Type: OfferPut, ID: o.ID, Offer: &o})
	for _, stream := range running {
		r, _ := s.Stages[stream].Run(o.ID)
		if o.SoldOut() {
			d.end(stream, r, &o, ByStock, now)
			continue
		}
		d.add(Event{Type: OfferUpdated, Stream: stream, ID: o.ID, Run: r.ID, Starts: r.Starts, Ends: r.Ends, Offer: &o})
	}
	return d.events, nil
}

func (d *draft) end(stream string, r Run, o *Offer, reason string, at time.Time) {
	d.add(Event{Type: OfferEnded, At: at.Round(0).UTC(), Stream: stream, ID: r.Offer.ID, Run: r.ID, Starts: r.Starts, Ends: r.Ends, Reason: reason, Offer: o})
}

// SetStock sets how many of an offer are left; nil is unlimited. It may be set
// wherever the offer is kept.
func (s *State) SetStock(id string, left *int64, now time.Time) ([]Event, error) {
	o, err := s.offer(id)
	if err != nil {
		return nil, err
	}
	o.Stock = left
	return s.PutOffer(o, now)
}

// ChangeStock adds pieces to an offer's stock, or takes some away: never more
// than there are.
func (s *State) ChangeStock(id string, by int64, now time.Time) ([]Event, error) {
	o, err := s.offer(id)
	if err != nil {
		return nil, err
	}
	if o.Stock == nil {
		return nil, because(ErrConflict, "offer %s is unlimited: give it a stock first", id)
	}
	left := *o.Stock + by
	if left < 0 {
		return nil, because(ErrSoldOut, "offer %s: %d are left", id, *o.Stock)
	}
	o.Stock = &left
	return s.PutOffer(o, now)
}

func (s *State) offer(id string) (Offer, error) {
	o, ok := s.Offers[id]
	if !ok {
		return o, because(ErrNotFound, "there is no offer %q", id)
	}
	return o, nil
}

// RemoveOffer removes an offer that runs nowhere.
func (s *State) RemoveOffer(id string, now time.Time) ([]Event, error) {
	o, err := s.offer(id)
	if err != nil {
		return nil, err
	}
	if o.Source == FromFile {
		return nil, because(ErrConflict, "offer %s stands in the file of offers: remove it there", id)
	}
	if on := s.RunningOn(id); len(on) > 0 {
		return nil, because(ErrConflict, "offer %s runs on %s: end it first", id, strings.Join(on, ", "))
	}
	d := s.draft(now)
	d.add(Event{Type: OfferRemoved, ID: id, Offer: &o})
	return d.events, nil
}

// Start starts an offer on a stream, after a countdown if there is one: the
// offer's own when it is nil.
func (s *State) Start(stream, id string, countdown *time.Duration, now time.Time) ([]Event, error) {
	o, err := s.offer(id)
	if err != nil {
		return nil, err
	}
	if countdown == nil {
		countdown = &o.Countdown
	}
	if err := s.mayStart(stream, &o, *countdown); err != nil {
		return nil, err
	}
	d := s.draft(now)
	e := Event{Type: OfferStarted, Stream: stream, ID: id, Starts: d.now.Add(*countdown), Offer: &o}
	if *countdown > 0 {
		e.Type = OfferAnnounced
	}
	if o.Duration > 0 {
		e.Ends = e.Starts.Add(o.Duration)
	}
	d.add(e)
	return d.events, nil
}

func (s *State) mayStart(stream string, o *Offer, countdown time.Duration) error {
	if err := checkSpan(countdown, MaxCountdown); err != nil {
		return &Invalid{"offer " + o.ID, []FieldError{{"countdown", err.Error()}}}
	}
	if o.Disclosure == "" {
		return because(ErrUndisclosed, "offer %s cannot start without a disclosure: say whether it is own, affiliate or sponsored", o.ID)
	}
	if o.SoldOut() {
		return because(ErrSoldOut, "offer %s is sold out: nothing is left in stock", o.ID)
	}
	stage := s.Stages[stream]
	if r, on := stage.Run(o.ID); on {
		state := "runs already"
		if !r.Started {
			state = "is announced already"
		}
		return because(ErrConflict, "offer %s %s on %s", o.ID, state, stream)
	}
	if len(stage.Runs) >= MaxRuns {
		return because(ErrConflict, "%d offers run on %s already, which is the most: end one first", MaxRuns, stream)
	}
	return nil
}

// End ends an offer on a stream.
func (s *State) End(stream, id, reason string, now time.Time) ([]Event, error) {
	r, on := s.Stages[stream].Run(id)
	if !on {
		return nil, because(ErrConflict, "offer %s does not run on %s", id, stream)
	}
	d := s.draft(now)
	d.end(stream, r, &r.Offer, reason, now)
	return d.events, nil
}

// PutBanner makes a banner that can be shown by its ID, or changes it.
func (s *State) PutBanner(b Banner, now time.Time) ([]Event, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	b.Duration = b.Duration.Round(time.Millisecond)
	before, known := s.Banners[b.ID]
	if known && before.Source == FromFile && b.Source != FromFile {
		return nil, because(ErrConflict, "banner %s stands in the file of offers: change it there", b.ID)
	}
	if known && before == b {
		return nil, nil
	}
	if !known && len(s.Banners) >= MaxOffers {
		return nil, because(ErrConflict, "there are %d banners already, which is the most", MaxOffers)
	}
	d := s.draft(now)
	d.add(Event{Type: BannerPut, ID: b.ID, Banner: &b})
	return d.events, nil
}

// RemoveBanner removes a banner. Where it is shown it stays until it is hidden.
func (s *State) RemoveBanner(id string, now time.Time) ([]Event, error) {
	b, known := s.Banners[id]
	if !known {
		return nil, because(ErrNotFound, "there is no banner %q", id)
	}
	if b.Source == FromFile {
		return nil, because(ErrConflict, "banner %s stands in the file of offers: remove it there", id)
	}
	d := s.draft(now)
	d.add(Event{Type: BannerRemoved, ID: id, Banner: &b})
	return d.events, nil
}

// ShowBanner shows a banner on a stream, in the place of one with the same ID.
func (s *State) ShowBanner(stream string, b Banner, now time.Time) ([]Event, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	d := s.draft(now)
	for _, other := range s.Stages[stream].Banners {
		if other.Banner.ID == b.ID {
			d.hide(stream, other, Replaced, now)
		}
	}
	if len(d.state.Stages[stream].Banners) >= MaxShown {
		return nil, because(ErrConflict, "%d banners are shown on %s already, which is the most: hide one first", MaxShown, stream)
	}
	e := Event{Type: BannerShown, Stream: stream, ID: b.ID, Banner: &b}
	if b.Duration > 0 {
		e.Ends = d.now.Add(b.Duration)
	}
	d.add(e)
	return d.events, nil
}

// HideBanner hides a banner; all of them when id is empty.
func (s *State) HideBanner(stream, id, reason string, now time.Time) ([]Event, error) {
	d := s.draft(now)
	for _, b := range s.Stages[stream].Banners {
		if id == "" || b.Banner.ID == id {
			d.hide(stream, b, reason, now)
		}
	}
	if len(d.events) == 0 && id != "" {
		return nil, because(ErrConflict, "banner %s is not shown on %s", id, stream)
	}
	return d.events, nil
}

func (d *draft) hide(stream string, b Shown, reason string, at time.Time) {
	d.add(Event{Type: BannerHidden, At: at.Round(0).UTC(), Stream: stream, ID: b.Banner.ID, Run: b.Revision, Reason: reason, Banner: &b.Banner})
}

// sortedStreams are the names of all stages.
func (s *State) sortedStreams() []string {
	names := make([]string, 0, len(s.Stages))
	for name := range s.Stages {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}
