package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Offer is an offer as the API shows it.
type Offer struct {
	overlay.Offer
	// RunningOn are the streams on which it is announced or can be had.
	RunningOn []string `json:"running_on"`
}

// MarshalJSON implements json.Marshaler: an Offer's own would hide RunningOn.
func (o Offer) MarshalJSON() ([]byte, error) {
	return withField(o.Offer, map[string]any{"running_on": o.RunningOn})
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Offer) UnmarshalJSON(data []byte) error {
	more := struct {
		RunningOn *[]string `json:"running_on"`
	}{&o.RunningOn}
	return errors.Join(json.Unmarshal(data, &o.Offer), json.Unmarshal(data, &more))
}

// Offers is the answer to GET /api/v1/offers.
type Offers struct {
	Offers []Offer `json:"offers"`
}

// offerFields may stand in a request. What is kept by the server alone is let
// through and not taken, so that what was read can be written back.
var (
	offerFields = append([]string{"id", "title", "price", "compare_at", "url", "image", "cta", "stock", "duration_seconds", "countdown_seconds", "disclosure"}, kept...)
	kept        = []string{"source", "listed_stock", "running_on"}
)

func view(o overlay.Offer, s *overlay.State) Offer {
	on := s.RunningOn(o.ID)
	if on == nil {
		on = []string{}
	}
	return Offer{o, on}
}

func (s *Server) listOffers(w http.ResponseWriter, _ *http.Request) {
	state := s.conf.Control.State()
	out := Offers{Offers: []Offer{}}
	for _, o := range state.SortedOffers() {
		out.Offers = append(out.Offers, view(o, state))
	}
	answer(w, out)
}

func (s *Server) showOffer(w http.ResponseWriter, r *http.Request) {
	if o, ok := s.offer(w, r); ok {
		answer(w, view(o, s.conf.Control.State()))
	}
}

func (s *Server) createOffer(w http.ResponseWriter, r *http.Request) {
	var o overlay.Offer
	body, err := read(r, &o, offerFields...)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.do(w, r, body, change{status: http.StatusCreated, answer: offerAnswer(o.ID), decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		if _, known := state.Offers[o.ID]; known {
			return nil, &badRequest{http.StatusConflict, "there is an offer " + o.ID + " already: change it with PUT or PATCH"}
		}
		return state.PutOffer(ours(o), now)
	}})
}

// ours is an offer that the API keeps.
func ours(o overlay.Offer) overlay.Offer {
	o.Source, o.Listed = overlay.FromAPI, nil
	return o
}

func (s *Server) putOffer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("offer")
	o := overlay.Offer{ID: id}
	body, err := read(r, &o, offerFields...)
	if err == nil && o.ID != id {
		err = malformed("the id in the body is %q and that in the path %q", o.ID, id)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.do(w, r, body, change{status: http.StatusOK, answer: offerAnswer(id), decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.PutOffer(ours(o), now)
	}})
}

// patchOffer changes the fields that are given. A null takes a field away. Of an
// offer that stands in the file the stock alone can be changed.
func (s *Server) patchOffer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("offer")
	var probe overlay.Offer // what is wrong with the body is said before anything is decided
	body, err := read(r, &probe, offerFields...)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.do(w, r, body, change{status: http.StatusOK, answer: offerAnswer(id), decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return patch(state, id, body, now)
	}})
}

func (s *Server) removeOffer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("offer")
	s.do(w, r, nil, change{status: http.StatusOK, answer: offerAnswer(id), decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.RemoveOffer(id, now)
	}})
}

// stockChange is the body of a change of stock: one of the two.
type stockChange struct {
	// Stock is how many are left now; null is unlimited.
	Stock optional `json:"stock"`
	// Change is how many came, or went if negative.
	Change *int64 `json:"change"`
}

func (s *Server) stock(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("offer")
	var c stockChange
	body, err := read(r, &c, "stock", "change")
	if err == nil && c.Stock.given == (c.Change != nil) {
		err = malformed(`the body must be {"stock": N}, {"stock": null} for unlimited, or {"change": N}`)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.do(w, r, body, change{status: http.StatusOK, answer: offerAnswer(id), decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		if c.Change != nil {
			return state.ChangeStock(id, *c.Change, now)
		}
		return state.SetStock(id, c.Stock.value, now)
	}})
}

// offerAnswer is the offer as it is then; as it was, when it is gone.
func offerAnswer(id string) func([]overlay.Event, *overlay.State) any {
	return func(events []overlay.Event, after *overlay.State) any {
		o, there := after.Offers[id]
		if !there && len(events) > 0 && events[0].Offer != nil {
			o = *events[0].Offer
		}
		return view(o, after)
	}
}
