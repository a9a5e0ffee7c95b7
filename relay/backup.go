package relay

import (
	"fmt"
	"time"
)

// BackupReturn is when the primary encoder is on air again after it was lost and
// is back.
type BackupReturn string

// The ways back.
const (
	// ReturnAuto switches once the primary has been steady for steadyTime.
	ReturnAuto BackupReturn = "auto"
	// ReturnManual leaves it to the operator, unless the backup is lost.
	ReturnManual BackupReturn = "manual"
)

// steadyTime is how long a primary that is back must send without a pause: one
// that comes and goes would drag the show along.
const steadyTime = 10 * time.Second

// seek tells the stream which of the encoders that stand by may go on air, the
// one that first comes to its keyframe. It is called after whatever may have
// changed the answer.
func (c *channel) seek() {
	b := c.stream.Current()
	for _, i := range c.encoders {
		switch {
		case i == c.air:
		case b != nil && c.mayGoOn(i):
			i.out.TakeOver(b)
		default:
			i.out.StandBy()
		}
	}
	c.lookWhetherSteady()
}

// mayGoOn tells whether an encoder that stands by may go on air.
func (c *channel) mayGoOn(i *ingest) bool {
	switch {
	case c.air == nil: // a goodbye is meant for the show, which a backup does not continue
		return i.role == Primary || c.hold != nil && !c.hold.goodbye || c.chosen == Backup
	case c.air.role == i.role: // it takes over
		return true
	case c.chosen != "":
		return c.chosen == i.role
	}
	return i.role == Primary && i.settled && c.conf.BackupReturn != ReturnManual
}

// anyMayGoOn tells whether somebody is there to go on.
func (c *channel) anyMayGoOn() bool {
	for _, i := range c.encoders {
		if c.mayGoOn(i) {
			return true
		}
	}
	return false
}

// lookWhetherSteady has a primary that is back looked at, when it may be steady.
func (c *channel) lookWhetherSteady() {
	i := c.encoders[Primary]
	if i == nil || i == c.air || i.settled || i.settle != nil || c.air == nil || c.air.role != Backup {
		return
	}
	wait := max(steadyTime-i.steadyFor(time.Now()), silent)
	i.settle = time.AfterFunc(wait, func() { c.settled(i) })
}

func (c *channel) settled(i *ingest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i.settle = nil
	if c.closed || c.encoders[Primary] != i || i == c.air {
		return
	}
	now := time.Now()
	if i.settled = i.quiet(now) < silent && i.steadyFor(now) >= steadyTime; i.settled {
		c.logger.Info("the primary encoder is steady again", "return", c.conf.BackupReturn)
	}
	c.seek()
}

// switchTo puts the encoder of this role on air, at its next keyframe, until it
// is lost or the operator chooses again.
func (c *channel) switchTo(role Role) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.encoders[role]
	switch {
	case c.closed:
		return fmt.Errorf("stream %s is being removed", c.name)
	case role != Primary && role != Backup:
		return fmt.Errorf("source %q is neither primary nor backup", role)
	case i == nil:
		return fmt.Errorf("stream %s: no %s encoder is connected: %w", c.name, role, ErrNotConnected)
	}
	c.logger.Info("the operator chooses the source", "role", role)
	c.chosen = role
	if c.stream.Current() == nil {
		c.begin(i, time.Now())
		return nil
	}
	c.seek()
	return nil
}
