package web

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// How many overlay pages may be open. A host has one in each OBS, and some
// previews.
const (
	maxClients       = 500
	maxStreamClients = 50
)

// clients are the overlay pages that are open.
type clients struct {
	gauge *prometheus.GaugeVec

	mu     sync.Mutex // guards the rest
	known  map[string]bool
	counts map[string]int
	all    int
}

func newClients(gauge *prometheus.GaugeVec) *clients {
	return &clients{gauge: gauge, counts: map[string]int{}}
}

// enter gives a page a place, if there is one.
func (c *clients) enter(stream string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= maxClients || c.counts[stream] >= maxStreamClients {
		return false
	}
	c.all++
	c.counts[stream]++
	c.show(stream)
	return true
}

func (c *clients) leave(stream string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	c.counts[stream]--
	if c.counts[stream] == 0 {
		delete(c.counts, stream)
	}
	c.show(stream)
}

// follow takes note of the streams that there are.
func (c *clients) follow(set *settings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.known
	c.known = map[string]bool{}
	for _, stream := range set.Streams {
		c.known[stream.Name] = true
		c.show(stream.Name)
	}
	for stream := range before {
		c.show(stream)
	}
}

// show sets the figure of a stream. The caller holds mu.
func (c *clients) show(stream string) {
	if c.known[stream] {
		c.gauge.WithLabelValues(stream).Set(float64(c.counts[stream]))
	} else {
		c.gauge.DeleteLabelValues(stream)
	}
}
