package overlay

import (
	"encoding/json"
	"time"
)

// Durations are seconds in JSON, as fields whose names end in _seconds.

type seconds float64

func secondsOf(d time.Duration) seconds { return seconds(d.Seconds()) }
func (s seconds) duration() time.Duration {
	return time.Duration(float64(s) * float64(time.Second)).Round(time.Millisecond)
}

type (
	plainOffer  Offer
	plainBanner Banner
	plainStep   Step

	offerJSON struct {
		*plainOffer
		Duration  seconds `json:"duration_seconds"`
		Countdown seconds `json:"countdown_seconds"`
	}
	bannerJSON struct {
		*plainBanner
		Duration seconds `json:"duration_seconds"`
	}
	stepJSON struct {
		*plainStep
		After seconds `json:"after_seconds,omitempty"`
	}
)

// MarshalJSON implements json.Marshaler.
func (o Offer) MarshalJSON() ([]byte, error) {
	return json.Marshal(offerJSON{(*plainOffer)(&o), secondsOf(o.Duration), secondsOf(o.Countdown)})
}

// UnmarshalJSON implements json.Unmarshaler. Fields that are not in data stay as
// they are.
func (o *Offer) UnmarshalJSON(data []byte) error {
	j := offerJSON{(*plainOffer)(o), secondsOf(o.Duration), secondsOf(o.Countdown)}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	o.Duration, o.Countdown = j.Duration.duration(), j.Countdown.duration()
	return nil
}

// MarshalJSON implements json.Marshaler.
func (b Banner) MarshalJSON() ([]byte, error) {
	return json.Marshal(bannerJSON{(*plainBanner)(&b), secondsOf(b.Duration)})
}

// UnmarshalJSON implements json.Unmarshaler. Fields that are not in data stay as
// they are.
func (b *Banner) UnmarshalJSON(data []byte) error {
	j := bannerJSON{(*plainBanner)(b), secondsOf(b.Duration)}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	b.Duration = j.Duration.duration()
	return nil
}

// MarshalJSON implements json.Marshaler.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(stepJSON{(*plainStep)(&s), secondsOf(s.After)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Step) UnmarshalJSON(data []byte) error {
	j := stepJSON{plainStep: (*plainStep)(s)}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	s.After = j.After.duration()
	return nil
}
