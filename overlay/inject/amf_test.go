package inject_test

import (
	"reflect"
	"testing"

	"github.com/hawker-live/hawker/overlay/inject"
)

func TestMessages(t *testing.T) {
	var track inject.Track
	json := `{"v":1,"title":"Größe"}`
	add(t, &track, inject.Cue{Name: "offer.start", ID: "größe-1", Revision: 3, At: 100 * ms, JSON: []byte(json)})
	add(t, &track, inject.Cue{Name: "offer.end", At: 60 * ms, JSON: []byte("{}")}) // has happened later
	got := read(t, opened(&track, inject.Formats{AMF: true}, show(0, 200*ms)), 64)
	var messages [][]any
	for _, p := range got {
		if p.Kind == 18 && !p.Header {
			messages = append(messages, decode(t, p.Body))
			if !p.Arrived.IsZero() {
				t.Error("a message of ours has arrived from somewhere: it is no latency of the relay's")
			}
		}
	}
	want := [][]any{
		{"onCuePoint", map[string]any{"name": "offer.start", "time": 0.1, "type": "event",
			"parameters": map[string]any{"id": "größe-1", "revision": 3.0, "data": json}}},
		{"onTextData", map[string]any{"text": json}},
		{"onCuePoint", map[string]any{"name": "offer.end", "time": 0.1, "type": "event",
			"parameters": map[string]any{"id": "", "revision": 0.0, "data": "{}"}}},
		{"onTextData", map[string]any{"text": "{}"}},
	}
	if !reflect.DeepEqual(messages, want) {
		t.Errorf("got  %v\nwant %v", messages, want)
	}
}
