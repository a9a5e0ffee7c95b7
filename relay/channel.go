package relay

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// State is where a stream is in the life of a broadcast.
type State string

// idle -> live -> holding -> live ... -> idle.
const (
	// Idle: no broadcast is on.
	Idle State = "idle"
	// Live: an encoder is on air.
	Live State = "live"
	// Holding: none is, and the destinations are kept.
	Holding State = "holding"
)

// channel is one configured stream: its keys, its ring, its destinations and
// the life of its broadcasts. Who may come in is in takeover.go, what happens
// while nobody sends in hold.go, and who goes on in backup.go.
type channel struct {
	name   string
	logger *slog.Logger
	stream *stream.Stream
	set    *destination.Set
	record *recording
	tell   func(stream string, since time.Time) // Options.OnBroadcast
	slates sync.WaitGroup

	mu        sync.Mutex // guards the rest
	conf      Stream
	state     State
	since     time.Time
	encoders  map[Role]*ingest // the newest connected of each role
	air       *ingest          // whose packets go out; nil unless live
	chosen    Role             // whom the operator wants on air; empty for whoever it may be
	hold      *hold            // nil unless holding
	takeovers []time.Time      // within the last minute
	counts    counts
	closed    bool
}

// counts are since the start of the program.
type counts struct{ drops, takeovers, switches uint64 }

// join finds an encoder that was let in its place: on air at once when a
// broadcast begins with it, at its keyframe when it is waited for, else standing
// by. A backup begins no broadcast: it stands by for one.
func (c *channel) join(i *ingest, now time.Time) {
	c.encoders[i.role] = i
	if c.stream.Current() == nil && i.role == Primary {
		c.begin(i, now)
		return
	}
	c.logger.Info("an encoder is connected and not yet on air", "role", i.role, "remote", i.request.Remote.String(), "encoder", i.request.Encoder)
	c.seek()
}

// begin begins a broadcast with i.
func (c *channel) begin(i *ingest, now time.Time) {
	i.out.TakeOver(c.stream.Begin())
	c.onAir(i, now)
}

// offer takes a packet of an encoder that is not on air, and may get there
// with it.
func (c *channel) offer(i *ingest, kind media.Kind, timestamp uint32, body []byte, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := i.out.Write(kind, timestamp, body, now); err != nil {
		return err
	}
	if c.air != i && i.out.OnAir() {
		c.onAir(i, now)
	}
	return nil
}

// onAir follows the stream, which has put i on air.
func (c *channel) onAir(i *ingest, now time.Time) {
	before := c.air
	c.endHold()
	c.air = i
	i.air.Store(true)
	i.settled = false
	c.enter(Live, now)
	c.logger.Info("an encoder is live", "role", i.role, "remote", i.request.Remote.String(), "encoder", i.request.Encoder)
	if before != nil {
		before.air.Store(false)
		if before.role != i.role {
			c.counts.switches++
		}
		if c.encoders[before.role] != before { // another has its place
			before.end(errTakenOver)
		}
	}
	c.seek()
}

// left is called when an encoder's session has ended. After a goodbye the
// broadcast ends when the stop grace has passed, since OBS says goodbye at each
// reconnect too; after a drop when the hold has. The goodbye of a backup is no
// end while there is a primary.
func (c *channel) left(i *ingest, goodbye bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(i)
	if c.closed {
		return
	}
	now := time.Now()
	switch {
	case c.air == i:
		c.lose(i, now, goodbye && (i.role == Primary || c.encoders[Primary] == nil))
	case c.hold != nil && goodbye && i.role == Primary:
		c.stops(now)
	}
	c.seek()
	if c.hold != nil && c.hold.overdue && !c.anyMayGoOn() {
		c.finish(now)
	}
}

// forget takes an encoder out of those that are connected. One whose place it
// was about to take has that again.
func (c *channel) forget(i *ingest) {
	if i.settle != nil {
		i.settle.Stop()
	}
	if c.encoders[i.role] != i {
		return
	}
	delete(c.encoders, i.role)
	if c.air != nil && c.air != i && c.air.role == i.role {
		c.encoders[i.role] = c.air
	}
}

// finish ends the broadcast. A primary that is there, and was not on air, begins
// another.
func (c *channel) finish(now time.Time) {
	c.end()
	if p := c.encoders[Primary]; p != nil {
		c.begin(p, now)
		return
	}
	c.seek()
}

// end ends the broadcast: destinations drain what is due and say goodbye. The
// caller holds mu.
func (c *channel) end() {
	c.endHold()
	c.chosen = ""
	if c.state == Idle {
		return
	}
	c.stream.End()
	c.enter(Idle, time.Now())
	c.logger.Info("the broadcast has ended")
}

func (c *channel) enter(s State, now time.Time) {
	if c.state == s {
		return
	}
	before := c.state
	c.state, c.since = s, now
	switch {
	case c.tell == nil:
	case before == Idle:
		c.tell(c.name, now)
	case s == Idle:
		c.tell(c.name, time.Time{})
	}
}

// update takes over what can change while the stream runs. New keys count from
// the next connection on.
func (c *channel) update(conf Stream) error {
	c.mu.Lock()
	c.conf = conf
	c.extend(time.Now())
	c.seek()
	c.mu.Unlock()
	c.stream.SetMaxDelay(conf.maxDelay())
	return errors.Join(c.set.Apply(conf.destinations()), c.record.apply(conf.Record))
}

// run keeps the destinations and the recording until ctx ends, then ends the
// broadcast.
func (c *channel) run(ctx context.Context) error {
	defer c.slates.Wait()
	defer c.stream.Close()
	var recording sync.WaitGroup
	recording.Go(func() { c.record.run(ctx) })
	defer recording.Wait()
	return c.set.Run(ctx)
}

// close turns the encoders out and ends the broadcast at once.
func (c *channel) close(reason error) {
	c.mu.Lock()
	out := []*ingest{c.encoders[Primary], c.encoders[Backup], c.air}
	c.closed, c.air = true, nil
	c.end()
	c.mu.Unlock()
	for _, i := range out {
		if i != nil {
			i.end(reason)
		}
	}
}

// roleOf tells which of the stream's keys k is. It takes as long whichever.
func (c *channel) roleOf(k secret.Secret) (role Role, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	primary, backup := keyMatches(c.conf.Key, k), keyMatches(c.conf.BackupKey, k)
	switch {
	case primary:
		return Primary, true
	case backup && !c.conf.BackupKey.Empty():
		return Backup, true
	}
	return "", false
}
