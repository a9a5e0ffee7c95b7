package overlay

import (
	"errors"
	"fmt"
	"time"
)

// MaxSteps is how many a show may have, and MaxOffset how long after going live
// the last of them may be.
const (
	MaxSteps  = 500
	MaxOffset = 24 * time.Hour
)

// Show is a run of show: what starts when on one stream.
type Show struct {
	Steps []Step `json:"steps"`
	// Source is who keeps it.
	Source Source `json:"source,omitempty"`
}

// Step is one thing of a show. It has one time and does one thing.
type Step struct {
	// At is a time on the clock, for which the step happens once.
	At time.Time `json:"at,omitzero"`
	// After is how long after going live, when At is zero; such a step happens
	// in each broadcast.
	After time.Duration `json:"-"`
	// Offer is the one to start, Banner the one to show, and End the offer or
	// banner to end: one of the three.
	Offer  string `json:"offer,omitempty"`
	End    string `json:"end,omitempty"`
	Banner string `json:"banner,omitempty"`
}

// Validate reports everything that is wrong with the show. Whether there are
// such offers shows when their time comes.
func (s *Show) Validate() error {
	w := wrongs{what: "show"}
	if len(s.Steps) > MaxSteps {
		w.check("steps", fmt.Errorf("are more than %d", MaxSteps))
	}
	for i, step := range s.Steps {
		w.check(fmt.Sprintf("steps[%d]", i), step.validate())
	}
	return w.err()
}

func (s Step) validate() error {
	n := 0
	for _, id := range []string{s.Offer, s.End, s.Banner} {
		if id == "" {
			continue
		}
		n++
		if err := CheckID(id); err != nil {
			return fmt.Errorf("%q %w", id, err)
		}
	}
	if n != 1 {
		return errors.New("must have one of offer, end and banner")
	}
	if s.At.IsZero() {
		return checkSpan(s.After, MaxOffset)
	}
	if s.After != 0 {
		return errors.New("must be at a time on the clock or after going live, not both")
	}
	return nil
}
