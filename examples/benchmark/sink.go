package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// dialogueTime is for everything before the first frame.
const dialogueTime = 20 * time.Second

// stalledBuffer keeps the kernel from taking much of what a stalled destination
// does not.
const stalledBuffer = 32 << 10

// serve is one connection of a relay to a destination.
func (s *sinks) serve(tcp net.Conn) {
	defer func() {
		s.mu.Lock()
		delete(s.open, tcp)
		s.mu.Unlock()
		_ = tcp.Close()
	}()
	if s.stalled {
		_ = tcp.(*net.TCPConn).SetReadBuffer(stalledBuffer)
	}
	nc := tcp
	_ = nc.SetDeadline(time.Now().Add(dialogueTime))
	if s.secure != nil {
		nc = tls.Server(tcp, s.secure)
	}
	if err := rtmp.Accept(nc); err != nil {
		return
	}
	g := &guest{sinks: s, nc: nc}
	g.parser = newParser(g)
	switch err := drain(nc, s.buffers, g.feed); {
	case errors.Is(err, errStalled):
		<-s.closing
	case err != nil: // bytes that are no RTMP; an end of the connection is no error
		s.tally.complain(err.Error())
	}
}

// guest is a relay's connection. Until it has named its stream it is talked to,
// then its judge takes over. Data messages are not judged: servers may write
// metadata anew.
type guest struct {
	sinks  *sinks
	nc     net.Conn
	parser *parser
	judge  *judge
	visit  visit
	gatherer
}

// feed takes what was read.
func (g *guest) feed(b []byte) error {
	g.visit.now = g.sinks.clock.now()
	return g.parser.feed(b)
}

func isMedia(m *incoming) bool { return m.typ == rtmp.TypeAudio || m.typ == rtmp.TypeVideo }

func (g *guest) piece(m *incoming, b []byte) {
	switch {
	case !isMedia(m):
		g.gatherer.piece(m, b)
	case g.judge != nil:
		g.judge.look(m, b)
	}
}

func (g *guest) complete(m *incoming) error {
	switch {
	case isMedia(m) && g.judge == nil:
		return errors.New("media before publish")
	case isMedia(m):
		g.judge.verdict(m, &g.visit)
	case m.typ == rtmp.TypeCommand && g.judge == nil:
		key, err := answer(g.nc, m.body)
		if err != nil || key == "" {
			return err
		}
		return g.begin(key)
	}
	return nil
}

// begin hands the connection over to the judge of its destination.
func (g *guest) begin(key string) error {
	j := g.sinks.byKey[key]
	if j == nil {
		return fmt.Errorf("a stream key that is no destination's: %q", key)
	}
	_ = g.nc.SetDeadline(time.Time{})
	if g.sinks.stalled {
		g.sinks.tally.begun.Add(1)
		return errStalled
	}
	if j.visited.Swap(true) {
		g.sinks.tally.again.Add(1)
	}
	g.judge = j
	return nil
}
