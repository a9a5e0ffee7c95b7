package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// parser takes a stream of chunks apart as its bytes come in. It keeps no body:
// the consumer gets each piece where it lies in the read buffer, so that two
// hundred sinks fit on one core.
type parser struct {
	to        consumer
	chunkSize int
	streams   map[uint32]*incoming
	head      []byte    // of a chunk whose header is not complete
	current   *incoming // whose chunk is being read
	left      int       // bytes of that chunk still to come
}

// consumer gets messages piece by piece.
type consumer interface {
	piece(m *incoming, b []byte)
	complete(m *incoming) error
}

// incoming is a message on its way, and what its chunk stream remembers.
type incoming struct {
	typ      uint8
	streamID uint32
	length   int
	time     uint32
	extended bool
	got      int

	// For consumers; reset when a message begins.
	sum    uint32
	prefix [prefixSize]byte
	body   []byte
}

func newParser(to consumer) *parser {
	return &parser{to: to, chunkSize: defaultChunk, streams: map[uint32]*incoming{}}
}

// feed takes the next bytes.
func (p *parser) feed(b []byte) error {
	for len(b) > 0 {
		if p.left > 0 {
			n := min(p.left, len(b))
			p.to.piece(p.current, b[:n])
			p.current.got += n
			p.left -= n
			b = b[n:]
			if err := p.maybeComplete(); err != nil {
				return err
			}
			continue
		}
		p.head = append(p.head, b[0])
		b = b[1:]
		if len(p.head) >= p.headerSize() {
			if err := p.begin(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parser) maybeComplete() error {
	m := p.current
	if p.left > 0 || m.got < m.length {
		return nil
	}
	if m.typ == rtmp.TypeSetChunkSize && len(m.body) >= 4 {
		p.chunkSize = int(binary.BigEndian.Uint32(m.body) & 0x7FFFFFFF)
		if p.chunkSize == 0 {
			return errors.New("a chunk size of 0")
		}
	}
	err := p.to.complete(m)
	m.got, m.sum, m.body = 0, 0, nil
	return err
}

// basic reads section 5.3.1.1: the chunk stream and the size of this header.
func basic(h []byte) (csid uint32, size int) {
	switch csid = uint32(h[0] & 0x3F); {
	case csid == 0 && len(h) > 1:
		return 64 + uint32(h[1]), 2
	case csid == 1 && len(h) > 2:
		return 64 + uint32(h[1]) + uint32(h[2])<<8, 3
	case csid < 2:
		return 0, int(csid) + 2
	}
	return csid, 1
}

// headerSize is how many bytes the header has, as far as what is there tells.
func (p *parser) headerSize() int {
	csid, at := basic(p.head)
	if len(p.head) < at {
		return at
	}
	format := p.head[0] >> 6
	size := at + [4]int{11, 7, 3, 0}[format]
	extended := false
	if format == 3 {
		m := p.streams[csid]
		extended = m != nil && m.extended
	} else if len(p.head) >= at+3 {
		extended = uint24(p.head[at:]) == extendedMark
	}
	if extended {
		size += 4
	}
	return size
}

// begin starts a chunk whose header is complete.
func (p *parser) begin() error {
	csid, at := basic(p.head)
	format, h := p.head[0]>>6, p.head[at:]
	m := p.streams[csid]
	if m == nil {
		if format == 3 || format == 2 {
			return fmt.Errorf("chunk stream %d begins with a type %d chunk", csid, format)
		}
		m = &incoming{}
		p.streams[csid] = m
	}
	if m.got > 0 && format != 3 {
		return fmt.Errorf("chunk stream %d begins a message inside another", csid)
	}
	m.read(format, h)
	p.head = p.head[:0]
	if m.length > maxMessage {
		return fmt.Errorf("a message of %d bytes", m.length)
	}
	p.current, p.left = m, min(m.length-m.got, p.chunkSize)
	if m.length == 0 {
		return p.maybeComplete()
	}
	return nil
}

// read takes over what a header says (section 5.3.1.2). Of times only absolute
// ones are kept: nothing here depends on them.
func (m *incoming) read(format uint8, h []byte) {
	if format == 3 {
		return
	}
	m.time = uint24(h)
	m.extended = m.time == extendedMark
	if format < 2 {
		m.length, m.typ = int(uint24(h[3:])), h[6]
	}
	if format == 0 {
		m.streamID = binary.LittleEndian.Uint32(h[7:])
	}
}
