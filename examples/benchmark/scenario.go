package main

import "fmt"

// scenario is what a relay is asked to do.
type scenario struct {
	Name         string
	Streams      int
	Destinations int // of each stream
	Bitrate      int // of video, in bits per second
	TLS          bool
	Stalled      bool // destinations stop reading once they have begun
}

const (
	referenceBitrate = 6_000_000
	manyBitrate      = 3_000_000
)

// total is how many destinations there are.
func (s scenario) total() int { return s.Streams * s.Destinations }

// fanOut is one stream to n destinations.
func fanOut(n int, secure bool) scenario {
	name := "rtmp"
	if secure {
		name = "rtmps"
	}
	return scenario{Name: fmt.Sprintf("%s N=%d", name, n), Streams: 1, Destinations: n, Bitrate: referenceBitrate, TLS: secure}
}

// ingestAlone is one stream that goes nowhere.
func ingestAlone() scenario {
	return scenario{Name: "ingest alone", Streams: 1, Bitrate: referenceBitrate}
}

// manyStreams is a host of many: streams with three destinations each.
func manyStreams(n int) scenario {
	return scenario{Name: fmt.Sprintf("%d streams x 3", n), Streams: n, Destinations: 3, Bitrate: manyBitrate}
}

// stalledDestinations is one stream to n destinations that do not read.
func stalledDestinations(n int) scenario {
	return scenario{Name: fmt.Sprintf("stalled N=%d", n), Streams: 1, Destinations: n, Bitrate: referenceBitrate, Stalled: true}
}

// fewestSecure is from where on RTMPS is worth its time: with less, the fixed
// costs of a message are measured once more.
const fewestSecure = 50

// plan is the whole run, without the search for saturation: in each round every
// target does every scenario, so that what changes on the machine meanwhile
// meets all of them.
func plan(o options) []scenario {
	var out []scenario
	for _, n := range o.n {
		out = append(out, fanOut(n, false))
	}
	for _, n := range o.n {
		if o.tls && (n >= fewestSecure || len(o.n) == 1) {
			out = append(out, fanOut(n, true))
		}
	}
	if o.extras {
		out = append(out, ingestAlone(), manyStreams(100))
	}
	return out
}
