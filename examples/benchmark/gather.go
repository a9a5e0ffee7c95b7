package main

import (
	"errors"
	"io"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// gatherer is a consumer that keeps bodies and queues whole messages, for
// dialogues and for the yardstick.
type gatherer struct {
	ready []rtmp.Message
}

func (g *gatherer) piece(m *incoming, b []byte) {
	if m.body == nil {
		m.body = make([]byte, 0, m.length)
	}
	m.body = append(m.body, b...)
}

func (g *gatherer) complete(m *incoming) error {
	g.ready = append(g.ready, rtmp.Message{Type: m.typ, StreamID: m.streamID, Time: m.time, Body: m.body})
	return nil
}

// reader reads whole messages. It is for one goroutine.
type reader struct {
	from io.Reader
	buf  []byte
	gatherer
	parser *parser
}

// newReader reads up to size bytes at once.
func newReader(from io.Reader, size int) *reader {
	r := &reader{from: from, buf: make([]byte, size)}
	r.parser = newParser(&r.gatherer)
	return r
}

// next returns the next message, whatever it is.
func (r *reader) next() (rtmp.Message, error) {
	for len(r.ready) == 0 {
		n, err := r.from.Read(r.buf)
		if ferr := r.parser.feed(r.buf[:n]); ferr != nil {
			return rtmp.Message{}, ferr
		}
		if err != nil && len(r.ready) == 0 {
			return rtmp.Message{}, err
		}
	}
	m := r.ready[0]
	r.ready = r.ready[1:]
	return m, nil
}

// await returns the first command that is wanted. A refusal is an error.
func (r *reader) await(wanted func(rtmp.Command) bool) (rtmp.Command, error) {
	for {
		m, err := r.next()
		if err != nil {
			return rtmp.Command{}, err
		}
		if m.Type != rtmp.TypeCommand {
			continue
		}
		c, err := rtmp.ParseCommand(m.Body)
		if err != nil {
			return c, err
		}
		if wanted(c) {
			return c, nil
		}
		if level, code, description := c.Status(); level == "error" {
			return c, errors.New("refused: " + code + " " + description)
		}
	}
}
