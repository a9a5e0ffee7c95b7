// Package destination sends a stream to the platforms. A [Destination] is one
// egress: it waits for the broadcast, dials, publishes, copies, backs off when
// that fails, and tells the truth about how it goes. A [Set] keeps the
// destinations of one stream as they are wanted, by name, and touches only
// what has changed.
//
// A packet passes through writer.go. The rest is the life around it:
// destination.go goes from broadcast to broadcast, session.go from try to try,
// connection.go and watch.go are one connection, progress.go judges whether it
// moves, backoff.go when to try again, and reason.go says it in words.
//
// What does not belong here: the protocol (relay/rtmp), what is kept for slow
// readers (relay/stream), who may publish and for how long a broadcast is held
// (relay), and the shape of the configuration file (config).
package destination
