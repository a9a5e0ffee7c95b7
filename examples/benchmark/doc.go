// Command benchmark measures what a relay costs: it drives Hawker, nginx-rtmp
// where that is installed, and a bare yardstick with the same publisher and the
// same sinks, in one run, and prints medians and ratios.
//
//	go run ./examples/benchmark            # about ten minutes
//	go run ./examples/benchmark -quick     # under a minute
//	go run ./examples/benchmark -h
//
// The relay under test is a process of its own on one core. Publisher and sinks
// share this process and another core. Nothing leaves the loopback interface.
//
// The yardstick is what Go cannot do less than: sockets, and bytes that all
// destinations share. It comes in two forms. In bare-each every destination has
// a goroutine, in bare-all the reader writes to all of them itself.
//
// What the columns say:
//
//   - CPU is seconds of the relay's process, user and system, for each 10^9 bytes
//     of audio and video that the sinks received; of what was published where
//     there are no sinks.
//   - p50 and p99 are added latency: from the moment before the publisher writes
//     a message to the moment after a sink has read its last byte.
//   - Memory is the peak of the relay's resident set since it was started.
//   - Lost are messages that a sink did not get, over the whole run. Wrong are
//     those whose length or checksum differ from what was published, that came
//     out of order, or that nobody sent. A relay with a wrong message has no
//     result, however fast it was, and the benchmark ends with status 1.
//   - Core and harness are the share of each core that the relay, and publisher
//     and sinks, have used; others is what anybody else took of the busier one.
//     Where that is much, latencies mean little.
//   - Allocations are those of Hawker's process for each message that a sink
//     received, from its own metrics.
//
// Numbers compare within one run only: another machine, or the same one at
// another hour, differs by more than relays do.
//
// Belongs here: the measuring, and the yardstick. Does not: anything that the
// relay needs. The wire is written here once more, small and apart from package
// rtmp, so that a mistake there cannot hide on both sides.
package main
