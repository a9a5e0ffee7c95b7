package main

import (
	"hash/crc32"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// clock is a measurement's, the same for publishers and sinks.
type clock struct{ zero time.Time }

// now is in nanoseconds since the measurement began.
func (c clock) now() int64 { return int64(time.Since(c.zero)) }

// tally is what all sinks of a measurement have seen together.
type tally struct {
	latency  histogram
	from, to atomic.Int64 // messages written in this span count for latency
	bytes    atomic.Int64 // of audio and video
	messages atomic.Int64
	lost     atomic.Int64
	wrong    atomic.Int64
	begun    atomic.Int64           // destinations that have had a video frame
	again    atomic.Int64           // connections after a destination's first
	first    atomic.Pointer[string] // complaint
}

// complain counts a wrong message and keeps the first complaint.
func (t *tally) complain(what string) {
	t.wrong.Add(1)
	t.first.CompareAndSwap(nil, &what)
}

// judge checks what one destination receives against what its stream's publisher
// has sent.
type judge struct {
	tally   *tally
	ledger  *ledger
	next    atomic.Uint64 // the number that is due
	visited atomic.Bool   // a connection has come

	mu   sync.Mutex // guards seen, and the order of verdicts
	seen bool       // a video frame has come
}

// visit is one of a destination's connections, which come one after the other
// but may overlap.
type visit struct {
	now  int64  // when the bytes that are looked at were read
	next uint64 // the number that can come next
}

// look takes a piece of a message, which goes into its checksum.
func (j *judge) look(m *incoming, b []byte) {
	if m.got < prefixSize {
		copy(m.prefix[m.got:], b)
	}
	m.sum = crc32.Update(m.sum, j.ledger.table, b)
}

// verdict judges a whole message.
func (j *judge) verdict(m *incoming, v *visit) {
	j.tally.bytes.Add(int64(m.length))
	j.tally.messages.Add(1)
	e := j.ledger.find(m)
	switch {
	case e == nil:
		j.tally.complain("a message that nobody has sent")
	case e.typ != m.typ || e.length != m.length || e.sum != m.sum:
		j.tally.complain("a message whose content is not what was sent")
	case !isHeader(m.prefix[:min(m.got, prefixSize)]):
		j.frame(e, v)
	}
}

// frame follows the order. A connection may begin anywhere, also with frames that
// the last one had already brought; and a destination may have to wait for its
// first video frame, before which nothing counts as lost.
func (j *judge) frame(e *entry, v *visit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	due := j.next.Load()
	switch {
	case e.number < v.next:
		j.tally.complain("a message that is out of order or repeated")
	case e.number > due && j.seen:
		j.tally.lost.Add(int64(e.number - due))
	}
	v.next = e.number + 1
	if !j.seen && e.typ == rtmp.TypeVideo {
		j.seen = true
		j.tally.begun.Add(1)
	}
	j.next.Store(max(due, v.next))
	if e.at >= j.tally.from.Load() && e.at < j.tally.to.Load() {
		j.tally.latency.add(time.Duration(v.now - e.at))
	}
}
