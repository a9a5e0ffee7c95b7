// Package overlay is the selling half of Hawker as pure logic: offers and
// banners, what runs on which stream, and the log of all that has happened.
//
// The State is a fold of Events. A method that decides (Start, End, Due, ...)
// looks at a State, and the time that it is given, and returns the events that
// follow, or why there are none; State.With takes them in. So whoever runs it
// can write events down before they count, and a log that is read again gives
// the same State. A Cue is what one event tells those who watch.
//
// Belongs here: rules. Does not: a clock, goroutines, HTTP, SQL, RTMP.
package overlay
