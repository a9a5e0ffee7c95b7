package rtmp

import (
	"errors"
	"net"
	"syscall"
	"unsafe"
)

// Scratch is what TryWrite works with. Connections that are written to in turn
// share one: it stays in the processor's cache, and those that get the same
// messages with the same times, as destinations do that have connected in the
// same group of pictures, get the same bytes, laid out once. It is for one
// goroutine.
type Scratch struct {
	out   chunkWriter
	batch []Message // that is laid out; empty for none
	flat  []byte    // the same in one piece, made when it is asked for
	one   [1][]byte // flat, for plain
	plain plainWriter
	// records is what TLS makes of a batch.
	records []byte
}

// Reset lets go of the messages that were written last.
func (s *Scratch) Reset() {
	clear(s.batch)
	s.batch, s.flat = s.batch[:0], s.flat[:0]
	clear(s.out.bufs)
	if cap(s.flat) > maxScratch || cap(s.records) > maxScratch {
		s.flat, s.records = nil, nil
	}
}

// maxScratch is what a scratch keeps in memory at most, in bytes: more than any
// batch needs but one with an uncommonly large frame.
const maxScratch = 1 << 20

// lay returns the chunks of batch: as vectors at first, which copies no body,
// and in one piece, which the kernel takes faster, from the second time on.
func (s *Scratch) lay(batch []Message, chunkSize int) net.Buffers {
	if s.out.chunkSize != chunkSize || !sameMessages(s.batch, batch) {
		s.Reset()
		s.out.chunkSize = chunkSize
		s.batch = append(s.batch, batch...)
		return s.out.lay(batch)
	}
	s.one[0] = s.whole(batch, chunkSize)
	return s.one[:]
}

// whole returns the chunks of batch in one piece.
func (s *Scratch) whole(batch []Message, chunkSize int) []byte {
	if s.out.chunkSize != chunkSize || !sameMessages(s.batch, batch) {
		s.lay(batch, chunkSize)
	}
	if len(s.flat) == 0 {
		for _, b := range s.out.bufs {
			s.flat = append(s.flat, b...)
		}
	}
	return s.flat
}

func sameMessages(a, b []Message) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for i := range a {
		m, n := &a[i], &b[i]
		if m.Type != n.Type || m.Time != n.Time || m.StreamID != n.StreamID ||
			len(m.Body) != len(n.Body) || unsafe.SliceData(m.Body) != unsafe.SliceData(n.Body) {
			return false
		}
	}
	return true
}

// rawOf returns what TryWrite needs of a connection, or nil where it cannot be
// done: what is not a socket cannot be asked.
func rawOf(nc net.Conn) syscall.RawConn {
	sc, isSocket := nc.(syscall.Conn)
	if !isSocket || !canTry {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// TryWrite is Write without the waiting. done reports whether the kernel has
// taken all of the batch. If not, what is left over goes out with the next Write,
// which may be an empty one; until then TryWrite takes nothing more. none says
// that not even the batch was begun, and that it is still the caller's. Bodies
// must not change until s is reset.
func (c *Conn) TryWrite(s *Scratch, batch []Message) (done, none bool, err error) {
	if !c.wmu.TryLock() {
		return false, true, nil
	}
	defer c.wmu.Unlock()
	defer func() { c.broken = err }()
	switch {
	case c.broken != nil:
		return false, false, c.broken
	case c.wire != nil:
		return c.trySecure(s, batch)
	case c.raw == nil || len(c.rest) > 0:
		return false, true, nil
	}
	n, err := s.plain.send(c.raw, s.lay(batch, c.out.chunkSize))
	c.written.Add(uint64(n))
	c.rest = s.out.leftover(n)
	return len(c.rest) == 0, false, err
}

// trySecure has TLS make records of the batch, and then sends those.
func (c *Conn) trySecure(s *Scratch, batch []Message) (done, none bool, err error) {
	plain, records := s.whole(batch, c.out.chunkSize), s.records
	s.records = nil // until it is given back, whatever happens
	if !c.wire.gather(records) {
		s.records = records
		return false, true, nil
	}
	_, err = c.nc.Write(plain)
	done, records, failure := c.wire.push(&s.plain)
	s.records = records
	err = errors.Join(err, failure)
	return done && err == nil, false, err
}
