// Package control runs the show: it holds the rules of package overlay against
// the clock, writes down what they decide before it counts, and tells those who
// show it.
//
// One goroutine does all of this, one thing after the other, so that nothing is
// decided on what is no longer true. A request is answered when its events are
// safe in the store. What the clock brings about counts at once, and is written
// down then: an offer ends at its time though the disk is full. Only a store that
// neither does nor refuses what it is asked holds the clock up, by seconds; pages
// and players end an offer by themselves at the time that they were told.
//
// Belongs here: the order of things. Does not: what is allowed (overlay), how it
// is kept (overlay/store), and how it is shown (overlay/inject, overlay/web).
package control
