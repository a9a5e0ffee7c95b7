package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

// State is where a stream is in the life of a broadcast.
type State string

// idle -> live -> holding -> live ... -> idle.
const (
	// Idle: no broadcast is on.
	Idle State = "idle"
	// Live: a publisher is connected.
	Live State = "live"
	// Holding: the publisher is gone, the destinations are kept.
	Holding State = "holding"
)

// silent is after how long without a packet a publisher may be replaced by a
// newer one that has the key.
const silent = time.Second

// channel is one configured stream: its key, its ring, its destinations and
// the life of its broadcasts.
type channel struct {
	name   string
	logger *slog.Logger
	stream *stream.Stream
	set    *destination.Set

	mu        sync.Mutex // guards the rest
	key       secret.Secret
	hold      time.Duration
	stopGrace time.Duration
	state     State
	since     time.Time
	publisher *ingest     // nil unless live
	ending    *time.Timer // ends the broadcast unless a publisher comes back; nil unless holding
	dropped   *ingest     // whose end began the hold
	closed    bool
}

// ingest is a publisher that was let in: the glue between its RTMP session and
// the stream.
type ingest struct {
	channel   *channel
	out       *stream.Publisher
	remote    string
	encoder   string
	since     time.Time
	end       func(error)
	published chan struct{} // closed when the session has ended
}

// Write passes a packet on to the stream.
func (i *ingest) Write(kind media.Kind, timestamp uint32, body []byte) error {
	return i.out.Write(kind, timestamp, body, time.Now())
}

// Close is the end of the session.
func (i *ingest) Close(goodbye bool) {
	i.channel.left(i, goodbye)
	close(i.published)
}

// admit lets a publisher in whose key is right, or says why not. A publisher
// that has fallen silent gives way to a newer one.
func (c *channel) admit(r rtmp.Request, end func(error)) (rtmp.Ingest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.closed {
		return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "this stream is being removed"}
	}
	if old := c.publisher; old != nil {
		if c.stream.Stats().SinceLastPacket < silent && now.Sub(old.since) > silent {
			return nil, &rtmp.Refusal{Code: rtmp.CodeBadName, Description: "another encoder is live with this stream key; stop it first"}
		}
		old.end(&rtmp.Refusal{Code: rtmp.CodeBadName, Description: "a newer encoder has taken over this stream key"})
		c.logger.Info("a newer encoder takes over from a silent one", "remote", r.Remote.String())
	}
	if c.ending != nil {
		c.ending.Stop()
		c.ending = nil
	}
	i := &ingest{channel: c, remote: r.Remote.String(), encoder: r.Encoder, since: now, end: end, published: make(chan struct{})}
	i.out = c.stream.Begin().Publisher()
	c.publisher = i
	c.enter(Live, now)
	c.logger.Info("an encoder is live", "remote", i.remote, "encoder", i.encoder)
	return i, nil
}

// left is called when a publisher's session has ended. After a goodbye the
// broadcast ends when the stop grace has passed, since OBS says goodbye at each
// reconnect too; after a drop when the hold has.
func (c *channel) left(i *ingest, goodbye bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.publisher != i {
		return // it was replaced
	}
	c.publisher = nil
	if c.closed {
		return
	}
	wait := c.hold
	if goodbye {
		wait = c.stopGrace
	}
	c.enter(Holding, time.Now())
	c.logger.Info("the encoder is gone; destinations stay connected", "goodbye", goodbye, "for", wait)
	c.ending = time.AfterFunc(wait, func() { c.expire(i) })
	c.dropped = i
}

// expire ends the broadcast if the hold that i's end began is still on.
func (c *channel) expire(i *ingest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending == nil || c.dropped != i {
		return
	}
	c.ending = nil
	c.end()
}

// end ends the broadcast: destinations drain what is due and say goodbye. The
// caller holds mu.
func (c *channel) end() {
	if c.state == Idle {
		return
	}
	c.stream.End()
	c.enter(Idle, time.Now())
	c.logger.Info("the broadcast has ended")
}

func (c *channel) enter(s State, now time.Time) {
	if c.state != s {
		c.state, c.since = s, now
	}
}

// update takes over what can change while the stream runs. A new key counts
// from the next connection on.
func (c *channel) update(conf Stream) error {
	c.mu.Lock()
	c.key, c.hold, c.stopGrace = conf.Key, conf.Hold, conf.StopGrace
	c.mu.Unlock()
	c.stream.SetMaxDelay(conf.maxDelay())
	return c.set.Apply(conf.destinations())
}

// run keeps the destinations until ctx ends, then ends the broadcast.
func (c *channel) run(ctx context.Context) error {
	defer c.stream.Close()
	return c.set.Run(ctx)
}

// close turns the publisher out and ends the broadcast at once.
func (c *channel) close(reason error) {
	c.mu.Lock()
	publisher := c.publisher
	c.closed = true
	if c.ending != nil {
		c.ending.Stop()
		c.ending = nil
	}
	c.end()
	c.mu.Unlock()
	if publisher != nil {
		publisher.end(reason)
	}
}

func (c *channel) hasKey(k secret.Secret) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return keyMatches(c.key, k)
}
