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

// changeTakes is how long after a new sequence header its first keyframe is
// waited for. Streams without video have none.
const changeTakes = 2 * time.Second

// parameters watches the sequence headers of one connection.
type parameters struct {
	given   map[media.Kind][]byte // the header of each kind's first track
	changed bool
	since   time.Duration // when it did, on the stream's timeline
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
		case packet.Keyframe, packet.Time-p.since >= changeTakes:
			return n, errNewParameters
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
	return before != nil && !bytes.Equal(before, packet.Body)
}

func track(p *media.Packet) uint8 {
	inspect := media.InspectVideo
	if p.Kind == media.Audio {
		inspect = media.InspectAudio
	}
	tag, _ := inspect(p.Body) // it was found to be a header before
	return tag.Track
}
