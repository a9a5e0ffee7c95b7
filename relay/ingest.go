package relay

import (
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

// Role is which of a stream's two keys an encoder has come with.
type Role string

// The roles.
const (
	// Primary is the encoder that makes the show.
	Primary Role = "primary"
	// Backup stands by for it.
	Backup Role = "backup"
)

// silent is after how long without a packet an encoder counts as gone quiet.
const silent = time.Second

// ingest is an encoder that was let in: the glue between its RTMP session and
// the stream.
type ingest struct {
	channel *channel
	role    Role
	out     *stream.Publisher
	request rtmp.Request
	since   time.Time
	end     func(error)
	ended   chan struct{} // closed when the session has ended

	air    atomic.Bool  // the channel has put it on air
	heard  atomic.Int64 // when its last packet came, or it did; ns of Unix time
	steady atomic.Int64 // since when it sends without a pause
	settle *time.Timer  // puts it back on air once it is steady; the channel's mu guards it
}

func newIngest(c *channel, role Role, r rtmp.Request, end func(error), now time.Time) *ingest {
	i := &ingest{channel: c, role: role, out: c.stream.Publisher(), request: r, since: now, end: end, ended: make(chan struct{})}
	i.heard.Store(now.UnixNano())
	i.steady.Store(now.UnixNano())
	return i
}

// Write passes a packet on to the stream. Only who is not on air needs the
// channel for that, since it may get there.
func (i *ingest) Write(kind media.Kind, timestamp uint32, body []byte) error {
	now := time.Now()
	if before := i.heard.Swap(now.UnixNano()); now.UnixNano()-before > int64(silent) {
		i.steady.Store(now.UnixNano())
	}
	if i.air.Load() {
		return i.out.Write(kind, timestamp, body, now)
	}
	return i.channel.offer(i, kind, timestamp, body, now)
}

// Close is the end of the session.
func (i *ingest) Close(goodbye bool) {
	i.channel.left(i, goodbye)
	close(i.ended)
}

// quiet is for how long it has sent nothing.
func (i *ingest) quiet(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - i.heard.Load())
}

// status is what is told of it.
func (i *ingest) status() *PublisherStatus {
	return &PublisherStatus{Role: i.role, Remote: i.request.Remote.String(), Encoder: i.request.Encoder, Since: i.since}
}
