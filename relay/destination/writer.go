package destination

import (
	"context"
	"errors"
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
	clock   clock
	latency latency
	// parameters is nil for a platform that takes new ones as they come.
	parameters *parameters

	// pending is set while packets wait for the platform to take them.
	pending atomic.Bool

	// Used again for every batch, so that a packet costs no allocation.
	packets  [batchPackets]media.Packet
	messages [batchPackets]rtmp.Message
}

// copy moves packets from the ring to the platform. It returns nil when there
// are no more, because the broadcast or ctx has ended, and otherwise what went
// wrong on the way.
func (w *writer) copy(ctx context.Context) error {
	for {
		n, err := w.source.Next(ctx, w.packets[:])
		if failure := w.pass(w.packets[:n]); failure != nil {
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
		if err := w.write(packets[:n]); err != nil {
			return err
		}
		packets = packets[n:]
	}
	return nil
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

func (w *writer) write(packets []media.Packet) error {
	messages := w.messages[:len(packets)]
	for i := range packets {
		messages[i] = w.message(&packets[i])
	}
	err := w.out.Write(messages)
	if err == nil {
		w.latency.observe(packets, time.Now())
	}
	// The ring decides how long a body lives; this writer must not keep one.
	clear(messages)
	clear(packets)
	return err
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
