package stream

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Broadcast is one show: the packets of the last seconds, in order.
type Broadcast struct {
	ready chan struct{} // closed at the first start point
	done  chan struct{} // closed at the end

	mu        sync.RWMutex // guards the rest
	conf      Config
	ring      []entry      // entry of number n is at n modulo its length, a power of two
	first     uint64       // number of the oldest packet held
	next      uint64       // number of the next packet to come
	bytes     int64        // of all packets so far
	starts    []start      // where readers may begin, oldest first
	headers   headers      // in force now
	keyframe  []byte       // the newest that fits them; nil when there is none
	timeline  *timeline    // the stream's
	position  *position    // the stream's
	publisher *Publisher   // who is on air; nil before the first
	wanted    []*Publisher // who may be, the first that comes to a start point
	sound     bool         // there has been audio
	arrived   time.Time    // when the newest packet came
	ended     bool
	meter     meter

	wmu     sync.Mutex      // guards the rest, and Cursor.queued
	waiting []*Cursor       // woken by the next packet
	bells   []chan struct{} // rung by every packet
}

// entry is a packet in the ring.
type entry struct {
	media.Packet
	slot   slot  // if it is a header
	before int64 // bytes of all packets before it
}

// start is a packet at which decoding can begin, with what a decoder needs
// first.
type start struct {
	number  uint64
	headers headers
}

// headers are the newest header of each kind and track, in the order in which
// they are sent. A packet without a body stands for none.
type headers [slots]media.Packet

// slot is a header's place: metadata, then the video tracks, then the audio
// tracks. Multitrack streams have a header for each track; those of more tracks
// than maxTracks pass through, but are not kept.
type slot int8

const (
	maxTracks = 4
	slots     = 1 + 2*maxTracks
	noSlot    = slot(-1)
)

func slotOf(k media.Kind, track uint8) slot {
	switch {
	case k == media.Data:
		return 0
	case track >= maxTracks:
		return noSlot
	case k == media.Video:
		return slot(1 + track)
	}
	return slot(1 + maxTracks + track)
}

func same(a, b media.Packet) bool { return bytes.Equal(a.Body, b.Body) }

func newBroadcast(conf Config, t *timeline, p *position) *Broadcast {
	p.video = false
	return &Broadcast{
		conf: conf, timeline: t, position: p,
		ready: make(chan struct{}), done: make(chan struct{}), ring: make([]entry, 256),
	}
}

// Done is closed when the broadcast has ended. Cursors may still hold packets.
func (b *Broadcast) Done() <-chan struct{} { return b.done }

// Headers returns the headers in force: metadata, video, audio, as far as there
// are any.
func (b *Broadcast) Headers() []media.Packet {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []media.Packet
	for _, h := range b.headers {
		if h.Body != nil {
			out = append(out, h)
		}
	}
	return out
}

// Keyframe is the body of the newest keyframe that fits the video header in
// force; nil when there is none.
func (b *Broadcast) Keyframe() []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.keyframe
}

// HasAudio tells whether there has been any.
func (b *Broadcast) HasAudio() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.sound
}

// Begun tells whether there has been anything that a reader could begin with.
func (b *Broadcast) Begun() bool {
	select {
	case <-b.ready:
		return true
	default:
		return false
	}
}

// append adds p's packet to the ring, if p is on air or gets there with it, and
// wakes who waits. A header has a slot.
func (b *Broadcast) append(p *Publisher, timestamp uint32, packet media.Packet, place slot) error {
	b.mu.Lock()
	if b.publisher != p {
		if packet.First = b.enter(p, timestamp, &packet); !packet.First {
			b.mu.Unlock()
			return nil
		}
	}
	if b.ended {
		b.mu.Unlock()
		return ErrEnded
	}
	b.put(p, timestamp, packet, place)
	b.mu.Unlock()
	b.wake()
	return nil
}

// put gives a packet its time and its place in the ring.
func (b *Broadcast) put(p *Publisher, timestamp uint32, packet media.Packet, place slot) {
	// Readers look for packets by the time of their arrival.
	if packet.Arrived.Before(b.arrived) {
		packet.Arrived = b.arrived
	}
	b.arrived = packet.Arrived
	packet.Time = b.timeline.at(packet.Kind, timestamp, packet.Arrived)
	if place != noSlot && !same(b.headers[place], packet) {
		b.headers[place] = packet
		if place == slotOf(media.Video, 0) {
			b.keyframe = nil
		}
	}
	if b.isStart(p, &packet) {
		b.starts = append(b.starts, start{b.next, b.headers})
		b.open()
	}
	if packet.Keyframe {
		b.keyframe = packet.Body
	}
	b.sound = b.sound || packet.Kind == media.Audio
	b.push(packet, place)
	b.position.move(&packet)
	b.evict(packet.Arrived)
	if !p.filler {
		b.meter.add(&packet)
	}
}

func (b *Broadcast) isStart(p *Publisher, packet *media.Packet) bool {
	if !p.canStart(packet) {
		return false
	}
	if packet.Keyframe || len(b.starts) == 0 {
		return true
	}
	newest := b.starts[len(b.starts)-1].number
	return newest < b.first || packet.Time-b.at(newest).Time >= audioStartEvery
}

func (b *Broadcast) open() {
	if !b.Begun() {
		close(b.ready)
	}
}

func (b *Broadcast) at(number uint64) *entry { return &b.ring[number&uint64(len(b.ring)-1)] }

func (b *Broadcast) push(p media.Packet, place slot) {
	if b.next-b.first == uint64(len(b.ring)) {
		b.grow()
	}
	*b.at(b.next) = entry{p, place, b.bytes}
	b.next++
	b.bytes += int64(len(p.Body))
}

func (b *Broadcast) grow() {
	old := b.ring
	b.ring = make([]entry, 2*len(old))
	for n := b.first; n < b.next; n++ {
		*b.at(n) = old[n&uint64(len(old)-1)]
	}
}

// packetOverhead is what a packet may cost in memory beside its body. Without
// it a publisher of empty bodies would never reach the limit.
const packetOverhead = 256

// evict lets go of the oldest packets: those over the byte limit in any case,
// and those older than MaxAge and the largest delay that no new reader would
// begin with.
func (b *Broadcast) evict(now time.Time) {
	keep := b.next
	if s := b.startBefore(now.Add(-b.conf.MaxDelay)); s != nil {
		keep = s.number
	} else if len(b.starts) > 0 {
		keep = b.starts[0].number
	}
	horizon := now.Add(-b.conf.MaxAge - b.conf.MaxDelay)
	for b.first < b.next {
		e := b.at(b.first)
		weight := b.bytes - e.before + int64(b.next-b.first)*packetOverhead
		if weight <= b.conf.MaxBytes && (b.first >= keep || e.Arrived.After(horizon)) {
			break
		}
		*e = entry{}
		b.first++
	}
	for len(b.starts) > 0 && b.starts[0].number < b.first {
		b.starts[0] = start{}
		b.starts = b.starts[1:]
	}
}

// startBefore returns the newest start point that had arrived by then.
func (b *Broadcast) startBefore(then time.Time) *start {
	for i := len(b.starts) - 1; i >= 0; i-- {
		if s := &b.starts[i]; s.number >= b.first && !b.at(s.number).Arrived.After(then) {
			return s
		}
	}
	return nil
}

// wake tells those who wait, and only those, that there is something new.
func (b *Broadcast) wake() {
	b.wmu.Lock()
	defer b.wmu.Unlock()
	for i, c := range b.waiting {
		c.queued = false
		select {
		case c.woken <- struct{}{}:
		default:
		}
		b.waiting[i] = nil
	}
	b.waiting = b.waiting[:0]
	for _, bell := range b.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

// Notify rings bell, which should have room for one, at every packet and at the
// end, until stop is called. It is for a reader with many cursors.
func (b *Broadcast) Notify(bell chan struct{}) (stop func()) {
	b.wmu.Lock()
	defer b.wmu.Unlock()
	b.bells = append(b.bells, bell)
	return func() {
		b.wmu.Lock()
		defer b.wmu.Unlock()
		b.bells = slices.DeleteFunc(b.bells, func(c chan struct{}) bool { return c == bell })
	}
}

// forget takes c out of those who wait.
func (b *Broadcast) forget(c *Cursor) {
	b.wmu.Lock()
	defer b.wmu.Unlock()
	if i := slices.Index(b.waiting, c); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
		c.queued = false
	}
}

// allow keeps enough for a reader that trails by delay.
func (b *Broadcast) allow(delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conf.MaxDelay = max(b.conf.MaxDelay, delay)
}

// end closes the broadcast: nothing is appended any more, readers drain.
func (b *Broadcast) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	close(b.done)
	b.wake()
}
