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

	air    atomic.Bool  // the channel has put it on air
	heard  atomic.Int64 // when its last packet came; ns after since
	steady atomic.Int64 // from when on it sends without a pause; the same

	settle  *time.Timer // looks whether it is steady; the channel's mu guards it and settled
	settled bool        // it was, since it last stood by
}

func newIngest(c *channel, role Role, r rtmp.Request, end func(error), now time.Time) *ingest {
	return &ingest{channel: c, role: role, out: c.stream.Publisher(), request: r, since: now, end: end}
}

// Write passes a packet on to the stream. Only who is not on air needs the
// channel for that, since it may get there.
func (i *ingest) Write(kind media.Kind, timestamp uint32, body []byte) error {
	now := time.Now()
	at := int64(now.Sub(i.since))
	if before := i.heard.Swap(at); at-before > int64(silent) {
		i.steady.Store(at)
	}
	if i.air.Load() {
		return i.out.Write(kind, timestamp, body, now)
	}
	return i.channel.offer(i, kind, timestamp, body, now)
}

// Close is the end of the session.
func (i *ingest) Close(goodbye bool) { i.channel.left(i, goodbye) }

// quiet is for how long it has sent nothing.
func (i *ingest) quiet(now time.Time) time.Duration {
	return now.Sub(i.since) - time.Duration(i.heard.Load())
}

// heardSince tells whether something has come since then.
func (i *ingest) heardSince(then time.Time) bool {
	return time.Duration(i.heard.Load()) > then.Sub(i.since)
}

// steadyFor is for how long it has sent without a pause.
func (i *ingest) steadyFor(now time.Time) time.Duration {
	return now.Sub(i.since) - time.Duration(i.steady.Load())
}

// status is what is told of it.
func (i *ingest) status() *PublisherStatus {
	return &PublisherStatus{Role: i.role, Remote: i.request.Remote.String(), Encoder: i.request.Encoder, Since: i.since}
}
