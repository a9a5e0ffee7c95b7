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
// What else is to stand in the media of one destination alone comes from a
// [Decorator], which this package knows nothing more of.
//
// # Why writing is as it is
//
// A goroutine for each destination is the plain way, and cost 1.6 times what
// bare sockets do: most of it for waking, at every packet, hundreds of
// goroutines that then hold a processor for one system call each. So one
// goroutine, the pump (pump.go), writes to all that keep up, and each
// destination keeps a goroutine of its own for when its socket is full. Measured
// with 200 destinations of 6 Mb/s (examples/benchmark), CPU for each gigabyte:
//
//   - the pump instead of a goroutine each: 15 to 25 % less.
//   - the same bytes for all whose clocks agree (rtmp.Scratch), in one piece and
//     by write(2): 10 % less than by writev(2) of a shared body and a header each.
//     Copying into one piece for each destination instead gains nothing.
//   - a histogram of our own (latency.go) instead of Prometheus': 4 %.
//   - a tray and a scratch that all share, and that stay in the processor's
//     cache, raw system calls, and no clock read by readers without delay:
//     5 % together.
//   - TLS by the pump, all records of a batch in one write: 30 % less.
//   - gathering for 100 ms (Config.Gather): 60 % less again.
//
// Tried and dropped, because nothing of it shows beside the 10 % by which two
// runs differ: Nagle's algorithm (TCP_NODELAY off), no bound on what the kernel
// holds unsent, looking at a connection less often than each half second. What is left beside the kernel's own work
// is about a fifth: cache lines of two hundred connections, and the runtime's
// monitor, which wakes with every packet.
//
// What does not belong here: the protocol (relay/rtmp), what is kept for slow
// readers (relay/stream), who may publish and for how long a broadcast is held
// (relay), and the shape of the configuration file (config).
package destination
