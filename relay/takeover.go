package relay

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Takeover is what a newer encoder with the right key may do to the one that is
// connected.
type Takeover string

// The policies. Whatever they allow, a stream changes hands at most
// maxTakeovers times a minute.
const (
	// IfSilent lets it replace one that has sent nothing for a second: the
	// default, as the same encoder on a new line finds its old session in place.
	IfSilent Takeover = "if_silent"
	// Always lets the newest win.
	Always Takeover = "always"
	// Never makes it wait until the other's session has ended.
	Never Takeover = "never"
)

// Two encoders that fight for a stream would break the show at each turn.
const (
	maxTakeovers = 3
	takeoverSpan = time.Minute
)

// lookAgain is how often a newcomer's rival is looked at for a sign of life.
const lookAgain = 50 * time.Millisecond

var errTakenOver = &rtmp.Refusal{Code: rtmp.CodeBadName, Description: "a newer encoder has taken over this stream key"}

// admit lets an encoder in whose key is right, or says why not. A rival that may
// only be replaced when silent gets up to a second to show that it is alive.
func (c *channel) admit(ctx context.Context, r rtmp.Request, role Role, end func(error)) (rtmp.Ingest, error) {
	for came := time.Now(); ; {
		i, err := c.try(r, role, end, came)
		if i != nil {
			return i, nil
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// try is admit without the waiting: neither an ingest nor an error is "not yet".
func (c *channel) try(r rtmp.Request, role Role, end func(error), came time.Time) (*ingest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.closed {
		return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "this stream is being removed"}
	}
	if rival := c.encoders[role]; rival != nil {
		if wait, err := c.contest(rival, r, came, now); wait || err != nil {
			return nil, err
		}
		c.yield(rival, now)
	}
	i := newIngest(c, role, r, end, now)
	c.join(i, now)
	return i, nil
}

// contest decides between a newcomer and the encoder that is connected: nil
// lets the newcomer take over, wait is not yet.
func (c *channel) contest(rival *ingest, r rtmp.Request, came, now time.Time) (wait bool, err error) {
	quiet := rival.quiet(now) >= silent
	switch {
	case c.conf.Takeover == Never:
		return false, inUse("it may be replaced only when it has gone")
	case c.conf.Takeover != Always && !quiet:
		if rival.heardSince(came) {
			return false, inUse("stop it first")
		}
		return true, nil
	case quiet && rival.request.Remote.Addr() == r.Remote.Addr():
		return false, nil // the same one again, whose old connection is dead
	}
	c.takeovers = slices.DeleteFunc(c.takeovers, func(t time.Time) bool { return now.Sub(t) >= takeoverSpan })
	if len(c.takeovers) >= maxTakeovers {
		again := takeoverSpan - now.Sub(c.takeovers[0])
		return false, inUse(fmt.Sprintf("they have replaced each other %d times within a minute, so the next change may come in %d s",
			maxTakeovers, int(again.Seconds())+1))
	}
	c.takeovers = append(c.takeovers, now)
	return false, nil
}

func inUse(what string) error {
	return &rtmp.Refusal{Code: rtmp.CodeBadName, Description: "another encoder is connected with this stream key: " + what}
}

// yield makes way for a newcomer. A rival that is on air and alive stays there
// until the newcomer's keyframe, so that nothing is missing in between.
func (c *channel) yield(rival *ingest, now time.Time) {
	c.counts.takeovers++
	c.logger.Info("a newer encoder takes over", "role", rival.role, "from", rival.request.Remote.String(), "quiet", rival.quiet(now).Round(time.Millisecond))
	if c.air == rival && rival.quiet(now) < silent {
		return
	}
	rival.end(errTakenOver)
	c.forget(rival)
	if c.air == rival {
		c.lose(rival, now, false)
	}
}
