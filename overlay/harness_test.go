package overlay_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

var evening = time.Date(2026, 3, 14, 19, 0, 0, 0, time.UTC)

// shop is a state with its log, on a clock that the test moves.
type shop struct {
	t     *testing.T
	now   time.Time
	state *overlay.State
	log   []overlay.Event
}

func newShop(t *testing.T) *shop {
	return &shop{t: t, now: evening, state: &overlay.State{}}
}

// do takes events in, and fails the test if there was an error instead.
func (s *shop) do(events []overlay.Event, err error) []overlay.Event {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.log = append(s.log, events...)
	s.state = s.state.With(events...)
	return events
}

// wait lets time pass, and does what falls due.
func (s *shop) wait(d time.Duration) []overlay.Event {
	s.t.Helper()
	s.now = s.now.Add(d)
	return s.do(s.state.Due(s.now), nil)
}

func (s *shop) put(o overlay.Offer) []overlay.Event {
	s.t.Helper()
	return s.do(s.state.PutOffer(o, s.now))
}

func (s *shop) start(id string) []overlay.Event {
	s.t.Helper()
	return s.do(s.state.Start("main", id, nil, s.now))
}

func types(events []overlay.Event) (out []overlay.EventType) {
	for _, e := range events {
		out = append(out, e.Type)
	}
	return out
}

// sees fails the test unless events are of these types.
func (s *shop) sees(events []overlay.Event, want ...overlay.EventType) {
	s.t.Helper()
	if got := types(events); !slices.Equal(got, want) {
		s.t.Fatalf("events are %v, want %v", got, want)
	}
}

// running are the IDs of the offers on main that can be had.
func (s *shop) running() (ids []string) {
	for _, r := range s.state.Stages["main"].Runs {
		if r.Started {
			ids = append(ids, r.Offer.ID)
		}
	}
	return ids
}

func honey() overlay.Offer {
	stock := int64(30)
	return overlay.Offer{
		ID: "honey", Title: "Chestnut honey, 250 g", Price: overlay.Money{Amount: 1250, Currency: "EUR"},
		CompareAt: &overlay.Money{Amount: 1500, Currency: "EUR"}, URL: "https://shop.example.com/honey?size=250",
		Stock: &stock, Duration: 5 * time.Minute, Disclosure: overlay.Own, Source: overlay.FromAPI,
	}
}

func named(id string) overlay.Offer {
	o := honey()
	o.ID = id
	return o
}

// text is v as JSON, to compare what holds pointers.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
