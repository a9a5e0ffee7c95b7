package preflight

import (
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay/platform"
)

const (
	// endingSoon is how long before a platform's limit one is told.
	endingSoon = 30 * time.Minute
	// oneDay is how long a key for one day may wait for its broadcast; from
	// oneDaySoon on one is told.
	oneDay     = 24 * time.Hour
	oneDaySoon = 20 * time.Hour
	// stale is when a key for one broadcast is probably that of the last one.
	stale = 12 * time.Hour
)

// length is about platforms that end broadcasts. A broadcast there is no older
// than a key that was made for it.
func (c *checker) length(f Facts) {
	most, on := c.platform.MaxDuration, f.On
	if lasts := c.platform.Credential == platform.Static; !lasts && f.KeyAge > 0 {
		on = min(on, f.KeyAge)
	}
	if most == 0 || on < most-endingSoon {
		return
	}
	limit := fmt.Sprintf("%s ends a broadcast after %.0f h", c.platform.Name, most.Hours())
	fix := "Create a new live there, set its stream key here, and tell your viewers"
	if on >= most {
		c.refuse(BroadcastLength, limit+", and this one is longer.", fix)
		return
	}
	c.warn(BroadcastLength, fmt.Sprintf("%s: this one in %s.", limit, left(most-on)), fix)
}

// key is about keys that expire. One that was in use in time is good until its
// broadcast ends.
func (c *checker) key(f Facts) {
	unused := f.KeyAge - f.On
	fix := "Create a new live on " + c.platform.Name + " and set its stream key here. " + c.platform.FindKey
	seen := fmt.Sprintf("The stream key was first seen %.0f h ago", f.KeyAge.Hours())
	switch {
	case c.platform.Credential == platform.OneDay && f.Accepted:
	case c.platform.Credential == platform.OneDay && unused >= oneDay:
		c.refuse(KeyAge, fmt.Sprintf("%s; %s takes it for 24 h, so it has expired.", seen, c.platform.Name), fix)
	case c.platform.Credential == platform.OneDay && unused >= oneDaySoon && f.On == 0:
		c.warn(KeyAge, fmt.Sprintf("%s; %s takes it for 24 h: begin within %s, or it has expired.", seen, c.platform.Name, left(oneDay-unused)), fix)
	case c.platform.Credential == platform.PerEvent && unused >= stale:
		c.warn(KeyAge, fmt.Sprintf("%s, and %s gives each for one broadcast: get a new one.", seen, c.platform.Name), fix)
	}
}

// left is a time to come, in words and a little rounded.
func left(d time.Duration) string {
	if d >= 2*time.Hour {
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f minutes", max(1, d.Minutes()))
}
