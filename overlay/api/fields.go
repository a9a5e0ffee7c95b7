package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// withField is v, which encodes as an object, with one field more.
func withField(v any, name string, field any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(map[string]any{name: field})
	if err != nil {
		return nil, err
	}
	return append(append(bytes.TrimSuffix(b, []byte("}")), ','), bytes.TrimPrefix(more, []byte("{"))...), nil
}

// optional tells a number that is not given from one that is null.
type optional struct {
	given bool
	value *int64
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *optional) UnmarshalJSON(data []byte) error {
	o.given = true
	return json.Unmarshal(data, &o.value)
}

// patch puts what is in the body over an offer. What may be changed of an offer
// that stands in a file is its stock alone.
func patch(state *overlay.State, id string, body []byte, now time.Time) ([]overlay.Event, error) {
	before, known := state.Offers[id]
	if !known {
		return nil, &badRequest{404, "no offer has this id"}
	}
	o := before
	o.CompareAt, o.Stock = copied(before.CompareAt), copied(before.Stock)
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &o); err != nil {
			return nil, malformed("%v", decodeError(err))
		}
	}
	if o.ID != id {
		return nil, malformed("an offer's id cannot be changed: add another offer and remove this one")
	}
	return state.PutOffer(ours(o), now)
}

// copied is a pointer to the same value: decoding writes through the one that is
// there.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
