package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// withField is v, which encodes as an object, with more fields.
func withField(v any, fields map[string]any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(fields)
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

// zeros are what null stands for, where it is not null itself.
var zeros = map[string]json.RawMessage{
	"image": []byte(`""`), "cta": []byte(`""`), "disclosure": []byte(`""`), "title": []byte(`""`), "url": []byte(`""`),
	"duration_seconds": []byte("0"), "countdown_seconds": []byte("0"), "price": []byte(`{"amount": 0, "currency": ""}`),
}

// given are the fields of a body that a client may set, with null for none.
func given(body []byte) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &fields); err != nil {
			return nil, malformed("%v", decodeError(err))
		}
	}
	for _, name := range kept {
		delete(fields, name)
	}
	for name, value := range fields {
		if zero, has := zeros[name]; has && string(value) == "null" {
			fields[name] = zero
		}
	}
	return fields, nil
}

// patch puts what is in the body over an offer.
func patch(state *overlay.State, id string, body []byte, now time.Time) ([]overlay.Event, error) {
	o, known := state.Offers[id]
	if !known {
		return nil, noOffer(id)
	}
	fields, err := given(body)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	o.CompareAt, o.Stock = copied(o.CompareAt), copied(o.Stock)
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, malformed("%v", decodeError(err))
	}
	if o.ID != id {
		return nil, malformed("an offer's id cannot be changed: add another offer and remove this one")
	}
	if _, stock := fields["stock"]; stock && len(fields) == 1 {
		return state.SetStock(id, o.Stock, now)
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
