package stream

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Publisher is one source's way into a stream. It stands by until TakeOver:
// what it writes before is not seen by readers, but its headers are remembered.
// One goroutine may write while others call the rest.
type Publisher struct {
	totals *totals
	filler bool // stands in for an encoder, and counts as none

	mu      sync.Mutex // guards the rest; held while a broadcast's mu is taken
	b       *Broadcast // the one to write to; nil until TakeOver
	headers headers    // the last of each that it has sent
	tracks  tracks
}

// Publisher returns a new source that stands by.
func (s *Stream) Publisher() *Publisher { return &Publisher{totals: &s.totals} }

// Filler returns a source for the time in which no encoder sends: what it writes
// is neither counted nor measured.
func (s *Stream) Filler() *Publisher { return &Publisher{totals: &s.totals, filler: true} }

// TakeOver makes p the one that readers see, in place of any other: at once if b
// has had no other yet or p is a filler, otherwise from p's next start point on,
// so that readers get its headers, as far as they differ from those in force,
// and then its keyframe. Of several that are to take over the first that comes
// to a start point does, and the others stand by, as does who was on air before.
// Its clock begins where the last one's ended.
func (p *Publisher) TakeOver(b *Broadcast) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.b = b
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.publisher == nil || p.filler {
		b.air(p)
		return
	}
	if b.publisher != p && !slices.Contains(b.wanted, p) {
		b.wanted = append(b.wanted, p)
	}
}

// StandBy takes back a TakeOver that has not come about, and lets go of a
// broadcast that has ended. It does nothing to a publisher that is on air.
func (p *Publisher) StandBy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.b
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.publisher == p && !b.ended {
		return
	}
	b.wanted = slices.DeleteFunc(b.wanted, func(w *Publisher) bool { return w == p })
	p.b = nil
}

// OnAir tells whether readers get what p writes.
func (p *Publisher) OnAir() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.b == nil {
		return false
	}
	p.b.mu.RLock()
	defer p.b.mu.RUnlock()
	return p.b.publisher == p && !p.b.ended
}

// Write takes over a packet's body and, if p is on air, puts the packet on the
// stream's timeline and hands it to all readers. It never waits for one. What
// cannot be inspected passes as it is. The error is ErrEnded, once the broadcast
// that p is on has ended, or says that the kind is none that a stream carries.
func (p *Publisher) Write(kind media.Kind, timestamp uint32, body []byte, now time.Time) error {
	packet, place, err := inspect(kind, body, now)
	if err != nil {
		return err
	}
	if !p.filler {
		p.totals.add(&packet)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracks.see(&packet)
	if place != noSlot {
		p.headers[place] = packet
	}
	if p.b == nil {
		return nil
	}
	return p.b.append(p, timestamp, packet, place)
}

// canStart tells whether a reader could begin at this packet of p's. The caller
// holds p.mu.
func (p *Publisher) canStart(packet *media.Packet) bool {
	return packet.Keyframe ||
		packet.Kind == media.Audio && !packet.Header && p.tracks.audioOnly(packet.Arrived)
}

// enter puts p on air if it is to be and this packet is where that can begin,
// with the headers that the packet needs. The caller holds both locks.
func (b *Broadcast) enter(p *Publisher, timestamp uint32, packet *media.Packet) bool {
	if b.ended || !slices.Contains(b.wanted, p) || !p.canStart(packet) {
		return false
	}
	before := b.headers
	b.air(p)
	for i, h := range p.headers {
		switch {
		case h.Body == nil:
			b.headers[i] = media.Packet{} // it was of a track that is no more
			if slot(i) == slotOf(media.Video, 0) {
				b.keyframe = nil
			}
		case !same(h, before[i]):
			h.Arrived = packet.Arrived
			b.put(p, timestamp, h, slot(i))
		}
	}
	return true
}

// air makes p the one on air. The caller holds both locks.
func (b *Broadcast) air(p *Publisher) {
	b.publisher, b.wanted = p, nil
	b.timeline.restart()
	b.meter.cut()
}

// inspect makes a packet of a tag body. A header has a slot.
func inspect(kind media.Kind, body []byte, now time.Time) (packet media.Packet, place slot, err error) {
	packet, place = media.Packet{Kind: kind, Arrived: now, Body: body}, noSlot
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
		return packet, noSlot, fmt.Errorf("packet of kind %d is neither audio, video nor data", kind)
	}
	packet.Header = packet.Header && len(body) <= maxHeaderBytes
	if !packet.Header {
		place = noSlot
	}
	return packet, place, nil
}

// maxHeaderBytes is far beyond any real header. A longer one passes on as a
// packet like any other, but is not kept beside the ring.
const maxHeaderBytes = 64 << 10

// onMetaData is the AMF0 string that begins a stream's metadata.
var onMetaData = []byte("\x02\x00\x0aonMetaData")
