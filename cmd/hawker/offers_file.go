package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
)

// offersFile is what the file of offers holds, as the overlay knows it.
func offersFile(conf *config.Config) (overlay.File, error) {
	if conf.Offers == nil {
		return overlay.File{}, nil
	}
	out := overlay.File{Shows: map[string]overlay.Show{}}
	var errs []error
	for _, o := range conf.Offers.Offers {
		offer, err := offerOf(o)
		errs = append(errs, err)
		out.Offers = append(out.Offers, offer)
	}
	for _, b := range conf.Offers.Banners {
		out.Banners = append(out.Banners, overlay.Banner{ID: b.ID, Text: b.Text, URL: b.URL, Duration: b.Duration})
	}
	for _, s := range conf.Offers.Shows {
		show := overlay.Show{}
		for _, step := range s.Steps {
			show.Steps = append(show.Steps, overlay.Step{At: step.At, After: step.After, Offer: step.Offer, End: step.End, Banner: step.Banner})
		}
		out.Shows[s.Stream] = show
	}
	errs = append(errs, out.Validate())
	if err := errors.Join(errs...); err != nil {
		return overlay.File{}, fmt.Errorf("%s: %w", conf.OffersFile, err)
	}
	return out, nil
}

// offerOf is an offer of a file.
func offerOf(o config.Offer) (overlay.Offer, error) {
	out := overlay.Offer{
		ID: o.ID, Title: o.Title, URL: o.URL, Image: o.Image, CTA: o.CTA, Duration: o.Duration, Countdown: o.Countdown, Disclosure: overlay.Disclosure(o.Disclosure),
	}
	var err error
	if out.Price, err = overlay.ParseMoney(o.Price.Amount, o.Price.Currency); err != nil {
		return out, fmt.Errorf("offer %s: price: %w", o.ID, err)
	}
	if o.CompareAt.Amount != "" {
		compare, err := overlay.ParseMoney(o.CompareAt.Amount, o.CompareAt.Currency)
		if err != nil {
			return out, fmt.Errorf("offer %s: compare_at: %w", o.ID, err)
		}
		out.CompareAt = &compare
	}
	if o.Stock != config.Unlimited {
		stock := int64(o.Stock)
		out.Stock = &stock
	}
	return out, nil
}

// syncWith decides what makes the file of offers true, and ends what is on streams
// that are not configured any more.
func syncWith(conf *config.Config) (func(*overlay.State, time.Time) ([]overlay.Event, error), error) {
	file, err := offersFile(conf)
	var names []string
	for _, s := range conf.Streams {
		names = append(names, s.Name)
	}
	return func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		retired := s.Retire(names, now)
		events, err := s.With(retired...).Sync(file, now)
		return append(retired, events...), err
	}, err
}
