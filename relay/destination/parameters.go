package destination

import (
	"bytes"
	"errors"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// errNewParameters ends a connection whose platform takes no new codec
// parameters within it: the next one begins with them.
var errNewParameters = errors.New("the encoder's parameters have changed")

// changeTakes is how long after a new header of a stream without video, which has
// no keyframes, there is somewhere to begin; and for how long after its first
// frame a stream may still bring headers that it has not had.
const changeTakes = 2 * time.Second

// parameters watches the sequence headers of one connection.
type parameters struct {
	given   map[media.Kind][]byte // the header of each kind's first track
	frames  bool                  // there have been some
	first   time.Duration         // when they began, on the stream's timeline
	changed bool
	since   time.Duration // when it did
}

// fit returns how many of packets belong to this connection. After a change none
// do, and once there is a keyframe that the next connection can begin with the
// error is errNewParameters.
func (p *parameters) fit(packets []media.Packet) (n int, err error) {
	for i := range packets {
		packet := &packets[i]
		if !p.changed && p.isNew(packet) {
			p.changed, p.since = true, packet.Time
		}
		switch {
		case !p.changed:
			n = i + 1
		case packet.Keyframe, p.given[media.Video] == nil && packet.Time-p.since >= changeTakes:
			return n, errNewParameters
		}
		if !p.frames && !packet.Header {
			p.frames, p.first = true, packet.Time
		}
	}
	return n, nil
}

// nears tells whether packets need fit: the change has begun, or may with one of
// them.
func (p *parameters) nears(packets []media.Packet) bool {
	if p.changed {
		return true
	}
	for i := range packets {
		if packets[i].Header && packets[i].Kind != media.Data {
			return true
		}
	}
	return false
}

// isNew tells whether packet is a header other than the one before, which it
// remembers.
func (p *parameters) isNew(packet *media.Packet) bool {
	if !packet.Header || packet.Kind == media.Data || track(packet) != 0 {
		return false
	}
	if p.given == nil {
		p.given = map[media.Kind][]byte{}
	}
	before := p.given[packet.Kind]
	p.given[packet.Kind] = packet.Body
	if before == nil { // a track that was not there
		return p.frames && packet.Time-p.first >= changeTakes
	}
	return !bytes.Equal(before, packet.Body)
}

func track(p *media.Packet) uint8 {
	inspect := media.InspectVideo
	if p.Kind == media.Audio {
		inspect = media.InspectAudio
	}
	tag, _ := inspect(p.Body) // it was found to be a header before
	return tag.Track
}
