package destination

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// Source is where the packets of one connection come from: a cursor of
// relay/stream.
type Source interface {
	// Next blocks until it can fill batch with at least one packet, and gives
	// the headers in force first, then a keyframe, then the rest. It returns
	// stream.ErrEnded after a broadcast's last packet.
	Next(ctx context.Context, batch []media.Packet) (int, error)
	// Poll is Next without the waiting: 0 is nothing yet. What says that there
	// is no more may come with the last packets.
	Poll(batch []media.Packet) (int, error)
	// Lag is how far the source is behind the newest packet, beyond its delay.
	Lag() time.Duration
	// Dropped counts the packets that were skipped because the reader was slow.
	Dropped() uint64
	Close() error
}

// Decorator puts something of its own between a stream and a destination's
// connections. It is compared: a destination whose decorator has changed connects
// anew.
type Decorator interface {
	// Decorate is given the source of each connection, at its beginning, and
	// returns what is read instead. It must not change the bodies of packets,
	// which all destinations share, and may not wait.
	Decorate(Source) Source
}

// Limits is how a source may trail.
type Limits struct {
	// Delay is how far behind the broadcast the source stays.
	Delay time.Duration
	// QueueBytes and QueueTime are how much may wait for a slow reader before
	// the source jumps to the newest keyframe.
	QueueBytes int64
	QueueTime  time.Duration
}

// Broadcast is one show of a stream, from its first packet to its end.
type Broadcast interface {
	// Done is closed at the end. Sources may still hold packets then.
	Done() <-chan struct{}
	// FourCCs lists the enhanced RTMP codecs now in use, none for the classic
	// ones.
	FourCCs() []string
	// Notify rings bell at every packet and at the end, until stop is called; a
	// bell that has not been heard yet is not rung again.
	Notify(bell chan struct{}) (stop func())
	// Open returns a source that begins at the newest keyframe that Limits
	// allow.
	Open(Limits) Source
}

// Feed tells when a broadcast is on.
type Feed interface {
	// Live blocks until a broadcast is on, and returns it. An error other than
	// the context's says that there will not be another one.
	Live(ctx context.Context) (Broadcast, error)
}

// Publisher is a connection to a platform that takes the stream: an
// *rtmp.Publisher. Write, TryWrite and Goodbye are called from one goroutine at a time, the rest
// from another at the same time.
type Publisher interface {
	Write(batch []rtmp.Message) error
	// TryWrite is Write as far as nothing has to be waited for. Unless it is
	// done, the rest goes out with the next Write, of nothing if need be; none
	// says that the whole batch is still to be written. Tries tells whether it
	// is ever anything else than none.
	TryWrite(s *rtmp.Scratch, batch []rtmp.Message) (done, none bool, err error)
	Tries() bool
	// Goodbye tells the platform that the broadcast has ended.
	Goodbye() error
	// Close ends a Write or Goodbye that is under way. It may be called again.
	Close() error
	// Done is closed when the platform has ended the connection; Err says why.
	Done() <-chan struct{}
	Err() error
	// Written and Acked count bytes: handed to the kernel, and acknowledged by
	// the platform's TCP.
	Written() uint64
	Acked() uint64
	Remote() string
}

// Dialer publishes to platforms.
type Dialer interface {
	// Publish returns when the platform has agreed to take the stream. The end
	// of ctx ends the attempt.
	Publish(ctx context.Context, t rtmp.Target) (Publisher, error)
}

// RTMP returns the dialer of relay/rtmp as a Dialer.
func RTMP(d *rtmp.Dialer) Dialer { return rtmpDialer{d} }

type rtmpDialer struct{ *rtmp.Dialer }

func (d rtmpDialer) Publish(ctx context.Context, t rtmp.Target) (Publisher, error) {
	p, err := d.Dialer.Publish(ctx, t)
	if err != nil {
		return nil, err
	}
	return p, nil
}
