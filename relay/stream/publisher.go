package stream

import (
	"bytes"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Publisher is one encoder's way into a broadcast.
type Publisher struct{ b *Broadcast }

// Publisher makes the caller the one who appends; an earlier publisher's Write
// fails from now on. Its clock begins where the last one's ended.
func (b *Broadcast) Publisher() *Publisher {
	p := &Publisher{b}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.publisher = p
		b.timeline.restart()
		b.tracks = tracks{}
		b.meter.cut()
	}
	return p
}

// Write takes over a packet's body, puts the packet on the stream's timeline
// and hands it to all readers. It never waits for one. What cannot be
// inspected passes as it is. The error is ErrReplaced, ErrEnded, or says that the
// kind is none that a stream carries.
func (p *Publisher) Write(kind media.Kind, timestamp uint32, body []byte, now time.Time) error {
	packet := media.Packet{Kind: kind, Arrived: now, Body: body}
	place := noSlot
	switch kind {
	case media.Video:
		if tag, err := media.InspectVideo(body); err == nil {
			packet.Header = tag.Header
			packet.Keyframe = tag.Keyframe && tag.Track == 0
			place = slotOf(kind, tag.Track)
		}
	case media.Audio:
		if tag, err := media.InspectAudio(body); err == nil {
			packet.Header = tag.Header
			place = slotOf(kind, tag.Track)
		}
	case media.Data:
		packet.Header = bytes.HasPrefix(body, onMetaData)
		place = slotOf(kind, 0)
	default:
		return fmt.Errorf("packet of kind %d is neither audio, video nor data", kind)
	}
	packet.Header = packet.Header && len(body) <= maxHeaderBytes
	if !packet.Header {
		place = noSlot
	}
	return p.b.append(p, timestamp, packet, place)
}

// maxHeaderBytes is far beyond any real header. A longer one passes on as a
// packet like any other, but is not kept beside the ring.
const maxHeaderBytes = 64 << 10

// onMetaData is the AMF0 string that begins a stream's metadata.
var onMetaData = []byte("\x02\x00\x0aonMetaData")
