package main

import "time"

// cpu is what a process has used. The total has the scheduler's precision; how
// it splits into user and system is only sampled, at each tick.
type cpu struct {
	total        time.Duration
	user, system float64 // ticks
}

// since returns what was used after before, in seconds.
func (c cpu) since(before cpu) (user, system float64) {
	total := (c.total - before.total).Seconds()
	u, s := c.user-before.user, c.system-before.system
	if u+s == 0 {
		return 0, total
	}
	return total * u / (u + s), total * s / (u + s)
}
