package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
)

// all fills r. A relay that fails is part of the result; only the end of ctx
// ends it early.
func (b *bench) all(ctx context.Context, targets []target, r *result) error {
	for round := range b.rounds {
		for _, sc := range plan(b.options) {
			if err := b.each(ctx, sc, targets, round, r); err != nil {
				return err
			}
		}
	}
	if b.extras {
		for _, n := range slices.Compact([]int{slices.Min(b.n), slices.Max(b.n)}) { // flat, or not
			if err := b.each(ctx, stalledDestinations(n), targets, 0, r); err != nil {
				return err
			}
		}
	}
	for _, t := range targets {
		if !b.saturate {
			break
		}
		if t.name() == relaxedHawker { // which waits for as long as the limit by itself
			continue
		}
		m, samples, err := b.saturation(ctx, t, medians(r.Samples))
		r.Most, r.Search = append(r.Most, m), append(r.Search, samples...)
		if err != nil {
			return err
		}
	}
	return nil
}

// each measures every target that can in one scenario.
func (b *bench) each(ctx context.Context, sc scenario, targets []target, round int, r *result) error {
	for _, t := range targets {
		if !t.can(sc) {
			continue
		}
		s, err := b.measure(ctx, sc, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.Error = err.Error()
		}
		s.Round = round + 1
		r.Samples = append(r.Samples, s)
		b.progress(s)
	}
	return nil
}

// finish prints and writes the result. It is an error if a relay was wrong.
func (b *bench) finish(r *result, out io.Writer) error {
	r.Medians = medians(r.Samples)
	if _, err := io.WriteString(out, report(r)); err != nil {
		return err
	}
	if b.json != "" {
		data, err := r.json()
		if err != nil {
			return err
		}
		if err := os.WriteFile(b.json, data, 0o644); err != nil {
			return err
		}
	}
	wrong := slices.ContainsFunc(r.Search, func(s sample) bool { return s.Wrong > 0 })
	for _, s := range r.Medians {
		wrong = wrong || !s.good()
	}
	if wrong {
		return errors.New("not every relay did its work: see above")
	}
	return nil
}
