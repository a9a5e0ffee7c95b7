package overlay

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// File is what stands in the file of offers.
type File struct {
	Offers  []Offer
	Banners []Banner
	// Shows are by stream.
	Shows map[string]Show
}

// Validate reports everything that is wrong with the file.
func (f *File) Validate() error {
	var errs []error
	for i := range f.Offers {
		errs = append(errs, f.Offers[i].Validate())
	}
	for i := range f.Banners {
		errs = append(errs, f.Banners[i].Validate())
	}
	for _, stream := range slices.Sorted(maps.Keys(f.Shows)) {
		show := f.Shows[stream]
		if err := show.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", stream, err))
		}
	}
	return errors.Join(errs...)
}

// Sync makes what is in the file true, and removes what was in it before: an
// offer that runs then ends. What an offer has sold stays sold, as long as the
// stock in the file is the same. All of it is done, or nothing.
func (s *State) Sync(f File, now time.Time) ([]Event, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	d := s.draft(now)
	var errs []error
	do := func(events []Event, err error) {
		for _, e := range events {
			d.events, d.state = append(d.events, e), d.state.With(e)
		}
		errs = append(errs, err)
	}
	for _, o := range f.Offers {
		o.Source, o.Listed = FromFile, o.Stock
		before, known := s.Offers[o.ID]
		switch {
		case known && before.Source != FromFile:
			do(nil, because(ErrConflict, "there is an offer %s already that does not stand in the file: remove it, or give this one another id", o.ID))
			continue
		case known && equal(before.Listed, o.Listed):
			o.Stock = before.Stock
		}
		do(d.state.PutOffer(o, now))
	}
	for _, b := range f.Banners {
		b.Source = FromFile
		do(d.state.PutBanner(b, now))
	}
	for _, stream := range slices.Sorted(maps.Keys(f.Shows)) {
		show := f.Shows[stream]
		show.Source = FromFile
		do(d.state.SetShow(stream, show, now))
	}
	d.drop(f)
	return d.events, errors.Join(errs...)
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// drop removes what the file no longer has.
func (d *draft) drop(f File) {
	for _, o := range d.state.SortedOffers() {
		if o.Source != FromFile || slices.ContainsFunc(f.Offers, func(other Offer) bool { return other.ID == o.ID }) {
			continue
		}
		for _, stream := range d.state.RunningOn(o.ID) {
			r, _ := d.state.Stages[stream].Run(o.ID)
			d.end(stream, r, &r.Offer, Removed, d.now)
		}
		d.add(Event{Type: OfferRemoved, ID: o.ID, Offer: &o})
	}
	for _, b := range d.state.SortedBanners() {
		if b.Source == FromFile && !slices.ContainsFunc(f.Banners, func(other Banner) bool { return other.ID == b.ID }) {
			for _, stream := range d.state.sortedStreams() {
				for _, shown := range d.state.Stages[stream].Banners {
					if shown.Banner.ID == b.ID && shown.Banner.Source == FromFile {
						d.hide(stream, shown, Removed, d.now)
					}
				}
			}
			d.add(Event{Type: BannerRemoved, ID: b.ID, Banner: &b})
		}
	}
	for _, stream := range d.state.sortedStreams() {
		if _, listed := f.Shows[stream]; !listed && d.state.Stages[stream].Show.Source == FromFile {
			d.add(Event{Type: ShowSet, Stream: stream, Show: &Show{}})
		}
	}
}
