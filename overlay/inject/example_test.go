package inject_test

import (
	"fmt"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// A destination that wants AMF0 reads its packets from what Open returns.
func Example() {
	var track inject.Track // of a stream
	offer := inject.Cue{
		Name: "offer.start", ID: "mug", Revision: 1, At: 50 * time.Millisecond,
		JSON:   []byte(`{"v":1,"type":"offer.start","id":"mug"}`),
		Repeat: []byte(`{"v":1,"type":"offer.start","id":"mug","repeat":true}`),
	}
	if err := track.Add(offer, []inject.Cue{offer}); err != nil {
		fmt.Println(err)
		return
	}
	wants := inject.Injector{Track: &track, Formats: inject.Formats{AMF: true}, Stream: "main", Destination: "shop"}
	source := wants.Open(&tape{packets: show(0, 100*time.Millisecond)}) // of one connection
	batch := make([]media.Packet, 16)
	n, err := source.Poll(batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range batch[:n] {
		if !p.Header {
			fmt.Println(p.Kind, p.Time)
		}
	}
	// Output:
	// video 0s
	// audio 5ms
	// video 40ms
	// audio 45ms
	// data 80ms
	// data 80ms
	// video 80ms
	// audio 85ms
}
