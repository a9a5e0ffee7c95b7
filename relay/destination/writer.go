package destination

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

// A write carries enough packets to be worth its system call, and so few bytes
// that one which has not ended in ten seconds means a platform that has
// stopped reading, not a slow one.
const (
	batchPackets = 64
	batchBytes   = 256 << 10
)

// writer is the last of the three rooms that a video frame passes through:
// relay/rtmp has read it from the encoder and relay/stream has put it into the
// ring. Here it is taken from the ring, gets its time on this connection's
// clock, and goes to the platform. Its body is the one that was read: shared
// with every other destination, copied by none.
type writer struct {
	source  Source
	out     Publisher
	latency latency
	// parameters is nil for a platform that takes new ones as they come.
	parameters *parameters
	// pump writes while the platform keeps up; nil leaves all to copy.
	pump *pump

	// pending is set while packets wait for the platform to take them.
	pending atomic.Bool

	turn   sync.Mutex // guards riding, and all else while it is set
	riding bool
	clock  clock
	ride   ride
	seat   int // in the pump, whose mu guards it

	gather  time.Duration
	woke    time.Time     // when copy last did, without a pump
	off     chan struct{} // tells copy that the pump has let it off
	contain func(panicked any) error
	tray    *tray // copy's own; the pump has another
}

// ride is how a ride with the pump has ended.
type ride struct {
	left  int   // packets that copy has to write
	begun bool  // it has only the rest of them to write
	err   error // why there is no more
}

// tray is what a batch lies on while it is written. It is used again for every
// batch, so that a packet costs no allocation.
type tray struct {
	packets  [batchPackets]media.Packet
	messages [batchPackets]rtmp.Message
}

// copy moves packets from the ring to the platform. It returns nil when there
// are no more, because the broadcast or ctx has ended, and otherwise what went
// wrong on the way.
func (w *writer) copy(ctx context.Context) error {
	for {
		n, err := w.source.Poll(w.tray.packets[:])
		if n == 0 && err == nil {
			n, err = w.wait(ctx)
		}
		if failure := w.pass(w.tray.packets[:n]); failure != nil {
			return failure
		}
		if errors.Is(err, stream.ErrEnded) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// wait returns when there is something that copy has to write itself. With a pump
// that is seldom: until then the pump calls step in each of its rounds.
func (w *writer) wait(ctx context.Context) (n int, err error) {
	if w.pump == nil {
		pause(ctx.Done(), w.gather-time.Since(w.woke))
		n, err = w.source.Next(ctx, w.tray.packets[:])
		w.woke = time.Now()
		return n, err
	}
	n, err = w.pump.carry(ctx, w)
	if !w.ride.begun {
		return n, err
	}
	if failure := w.write(w.tray.packets[:n], nil); failure != nil {
		return 0, failure
	}
	w.pending.Store(false)
	return 0, err
}

// step writes what is ready, on the pump's tray, without waiting. It is false
// when copy has to go on, with what then lies on its own.
func (w *writer) step(t *tray, s *rtmp.Scratch) (stays bool) {
	defer func() {
		if r := recover(); r != nil {
			w.ride.err = w.contain(r)
			*s = rtmp.Scratch{} // who knows what it holds
		}
	}()
	n, err := w.source.Poll(t.packets[:])
	w.ride.err = err
	if n == 0 {
		return err == nil
	}
	packets, messages := t.packets[:n], t.messages[:n]
	if err != nil || n == len(t.packets) || size(packets) > batchBytes || w.parameters != nil && w.parameters.nears(packets) {
		return w.getOff(packets, false) // it is behind, or about to end
	}
	w.pending.Store(true)
	w.lay(packets, messages)
	done, none, err := w.out.TryWrite(s, messages)
	if err != nil || !done {
		w.ride.err = err
		clear(messages) // the connection holds what it has not sent
		return w.getOff(packets, !none)
	}
	w.written(packets, messages)
	w.pending.Store(false)
	return true
}

// getOff leaves packets to copy.
func (w *writer) getOff(packets []media.Packet, begun bool) (stays bool) {
	w.ride.left, w.ride.begun = copy(w.tray.packets[:], packets), begun
	clear(packets)
	return false
}

// pass sends what this connection may carry.
func (w *writer) pass(packets []media.Packet) error {
	if w.parameters == nil {
		return w.send(packets)
	}
	n, end := w.parameters.fit(packets)
	if err := w.send(packets[:n]); err != nil {
		return err
	}
	clear(packets[n:])
	return end
}

// send writes packets in as few writes as batchBytes allows.
func (w *writer) send(packets []media.Packet) error {
	w.pending.Store(true)
	defer w.pending.Store(false)
	for len(packets) > 0 {
		n := fitting(packets)
		messages := w.tray.messages[:n]
		w.lay(packets[:n], messages)
		if err := w.write(packets[:n], messages); err != nil {
			return err
		}
		packets = packets[n:]
	}
	return nil
}

func size(packets []media.Packet) (bytes int) {
	for i := range packets {
		bytes += len(packets[i].Body)
	}
	return bytes
}

// fitting returns how many of packets make up one write: at least one.
func fitting(packets []media.Packet) int {
	size := 0
	for i := range packets {
		size += len(packets[i].Body)
		if size > batchBytes && i > 0 {
			return i
		}
	}
	return len(packets)
}

// lay makes messages of packets.
func (w *writer) lay(packets []media.Packet, messages []rtmp.Message) {
	for i := range packets {
		messages[i] = w.message(&packets[i])
	}
}

// write writes messages, which are those of packets, or nothing to finish what
// was begun.
func (w *writer) write(packets []media.Packet, messages []rtmp.Message) error {
	err := w.out.Write(messages)
	if err == nil {
		w.written(packets, messages)
	}
	return err
}

// written takes note. The ring decides how long a body lives; this writer must
// not keep one.
func (w *writer) written(packets []media.Packet, messages []rtmp.Message) {
	w.latency.observe(packets, time.Now())
	clear(messages)
	clear(packets)
}

// message is a packet as this platform sees it. Metadata is sent the way
// encoders send it, so that servers keep it for those who join later.
func (w *writer) message(p *media.Packet) rtmp.Message {
	m := rtmp.Message{Type: uint8(p.Kind), Time: w.clock.stamp(p), Body: p.Body}
	if p.Kind == media.Data && p.Header {
		m.Body = rtmp.SetDataFrame(p.Body)
	}
	return m
}

// clock turns the stream's timeline into that of one connection, which starts
// at zero with its first frame.
type clock struct {
	started bool
	zero    time.Duration
}

// stamp returns a packet's time in milliseconds modulo 2^32. Headers may be
// older than the first frame: they, and audio from just before it, are at zero.
func (c *clock) stamp(p *media.Packet) uint32 {
	if !c.started {
		if p.Header {
			return 0
		}
		c.started, c.zero = true, p.Time
	}
	return uint32(max(0, p.Time-c.zero) / time.Millisecond)
}
