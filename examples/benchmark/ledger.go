package main

import (
	"encoding/binary"
	"hash/crc32"
	"sync/atomic"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Every frame carries its number, eight bytes in what a decoder would see as
// picture or sound: behind two tag bytes of AAC, or behind the tag and the first
// NAL unit's length and type.
const (
	audioNumberAt = 2
	videoNumberAt = 10
	prefixSize    = videoNumberAt + 8
)

// ledgerSize is how many messages back a ledger remembers: 50 s of the
// reference stream, longer than any relay here may hold one.
const ledgerSize = 4096

// entry is a frame that was published.
type entry struct {
	number uint64
	typ    uint8
	length int
	sum    uint32
	at     int64 // when it was written, in ns of the run's clock
}

// ledger is what a stream's publisher has sent. The publisher writes, sinks read.
type ledger struct {
	entries [ledgerSize]atomic.Pointer[entry]
	headers [2]atomic.Pointer[entry] // audio and video sequence headers
	next    atomic.Uint64            // number of the next frame
	bytes   atomic.Int64             // of audio and video so far
	clock   clock
	table   *crc32.Table
}

func newLedger(c clock) *ledger {
	return &ledger{clock: c, table: crc32.MakeTable(crc32.Castagnoli)}
}

// isHeader tells sequence headers: the packet type of AAC and AVC is 0.
func isHeader(b []byte) bool { return len(b) > 1 && b[1] == 0 }

// numberAt is where the number stands in a body.
func numberAt(typ uint8) int {
	if typ == rtmp.TypeVideo {
		return videoNumberAt
	}
	return audioNumberAt
}

// stamp puts the next number into a frame's body. Call it before enter.
func (l *ledger) stamp(m rtmp.Message) {
	if !isHeader(m.Body) {
		binary.BigEndian.PutUint64(m.Body[numberAt(m.Type):], l.next.Load())
	}
}

// enter records a message that is about to be written. The clock is read last,
// so that the checksum is in nobody's latency.
func (l *ledger) enter(m rtmp.Message) {
	l.bytes.Add(int64(len(m.Body)))
	e := &entry{typ: m.Type, length: len(m.Body), sum: crc32.Checksum(m.Body, l.table)}
	e.at = l.clock.now()
	if isHeader(m.Body) {
		l.headers[m.Type&1].Store(e)
		return
	}
	e.number = l.next.Load()
	l.entries[e.number%ledgerSize].Store(e)
	l.next.Add(1)
}

// find returns what was published as m says it is; nil when nothing was.
func (l *ledger) find(m *incoming) *entry {
	head := m.prefix[:min(m.got, prefixSize)]
	if isHeader(head) {
		return l.headers[m.typ&1].Load()
	}
	at := numberAt(m.typ)
	if len(head) < at+8 {
		return nil
	}
	number := binary.BigEndian.Uint64(head[at:])
	e := l.entries[number%ledgerSize].Load()
	if e == nil || e.number != number {
		return nil
	}
	return e
}
