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
	// ReturnAuto switches once the primary has been steady for steadyFor.
	ReturnAuto BackupReturn = "auto"
	// ReturnManual leaves it to the operator, unless the backup is lost.
	ReturnManual BackupReturn = "manual"
)

// steadyFor is how long a primary that is back must send without a pause: one
// that comes and goes would drag the show along.
const steadyFor = 10 * time.Second

// successor is who goes on when i is gone from air: whoever is connected. But a
// primary's goodbye is meant for the show, which its backup does not continue.
func (c *channel) successor(i *ingest, goodbye bool) *ingest {
	if p := c.encoders[Primary]; p != nil {
		return p
	}
	if i.role == Primary && goodbye {
		return nil
	}
	return c.encoders[Backup]
}

// settleLater puts a primary that is back on air when it has been steady long
// enough, at its keyframe.
func (c *channel) settleLater(i *ingest, wait time.Duration) {
	if c.conf.BackupReturn != ReturnManual {
		i.settle = time.AfterFunc(wait, func() { c.settled(i) })
	}
}

func (c *channel) settled(i *ingest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.encoders[Primary] != i || c.air == nil || c.air.role != Backup {
		return
	}
	now := time.Now()
	steady := now.Sub(time.Unix(0, i.steady.Load()))
	if quiet := i.quiet(now); quiet >= silent || steady < steadyFor {
		c.settleLater(i, max(steadyFor-steady, silent))
		return
	}
	c.logger.Info("the primary encoder is steady again and goes back on air")
	i.out.TakeOver(c.stream.Current())
}

// switchTo puts the encoder of this role on air, at its next keyframe.
func (c *channel) switchTo(role Role) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.encoders[role]
	b := c.stream.Current()
	switch {
	case c.closed:
		return fmt.Errorf("stream %s is being removed", c.name)
	case role != Primary && role != Backup:
		return fmt.Errorf("source %q is neither primary nor backup", role)
	case i == nil:
		return fmt.Errorf("stream %s: no %s encoder is connected: %w", c.name, role, ErrNotConnected)
	case c.air == i:
		return nil
	case b == nil:
		b = c.stream.Begin()
	}
	c.logger.Info("the operator switches the source", "to", role)
	i.out.TakeOver(b)
	if i.out.OnAir() {
		c.onAir(i, time.Now())
	}
	return nil
}
