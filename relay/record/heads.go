package record

import (
	"bytes"
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// heads are the newest headers of each kind and track, in the order in which each
// first came.
type heads struct {
	all      []media.Packet
	tracks   []uint8
	keyframe time.Duration // time of the newest, or less than any
}

// note remembers a header, and tells whether it is another one than before.
func (h *heads) note(p *media.Packet) (changed bool) {
	track := inspect(p).Track
	for i := range h.all {
		if h.all[i].Kind == p.Kind && h.tracks[i] == track {
			changed = !bytes.Equal(h.all[i].Body, p.Body)
			h.all[i] = *p
			return changed
		}
	}
	h.all, h.tracks = append(h.all, *p), append(h.tracks, track)
	return true
}

// find is the header of a kind's first track; nil if there is none.
func (h *heads) find(k media.Kind) []byte {
	for i := range h.all {
		if h.all[i].Kind == k && h.tracks[i] == 0 {
			return h.all[i].Body
		}
	}
	return nil
}

// codecs names them all.
func (h *heads) codecs() string {
	var names []string
	for i := range h.all {
		if c := inspect(&h.all[i]).Codec; c != "" {
			names = append(names, string(c))
		}
	}
	return strings.Join(names, ",")
}

// inspect reads what is known of a packet; nothing of one that is odd.
func inspect(p *media.Packet) (t media.Tag) {
	switch p.Kind {
	case media.Video:
		t, _ = media.InspectVideo(p.Body)
	case media.Audio:
		t, _ = media.InspectAudio(p.Body)
	}
	return t
}
