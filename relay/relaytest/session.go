package relaytest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// What a session's Err is when the platform ended it.
var (
	ErrReset  = errors.New("the platform reset the connection")
	ErrHungUp = errors.New("the platform closed the connection")
)

// errSilent makes a session say nothing from then on.
var errSilent = errors.New("silent")

// patience is how long a platform waits for the peer to close after it said
// that it closes.
const patience = time.Second

// limits are wide: it is not this side that is tested.
var limits = rtmp.Limits{MaxMessage: 16 << 20, MaxBuffered: 64 << 20, MaxChunkStreams: 1 << 16, MinChunkSize: 1}

// Session is one connection to a Platform. Its methods may be called from any
// goroutine, also after its end.
type Session struct {
	platform *Platform
	number   int
	script   Script
	valve    *valve
	opened   time.Time
	bell     bell

	// The session's goroutine alone uses these.
	conn     *rtmp.Conn
	streamID uint32
	fixedAck int64 // bytes read at the last acknowledgement of Acks.Fixed

	mu     sync.Mutex // guards the rest
	secure *tls.Conn
	writer *rtmp.Conn // conn, for Refuse
	timers []*time.Timer
	log    journal
}

func newSession(p *Platform, number int, tcp *net.TCPConn, script Script) *Session {
	s := &Session{
		platform: p, number: number, script: script, valve: newValve(tcp), opened: time.Now(),
		streamID: max(1, script.Quirks.StreamID), log: journal{step: rtmp.StepTCP, keep: p.conf.Keep, bodies: p.conf.KeepBodies},
	}
	if at := script.StallAt.Byte; at > 0 {
		s.valve.marks = append(s.valve.marks, mark{at, s.stallAsTold})
	}
	if at := script.DieAt.Byte; at > 0 {
		s.valve.marks = append(s.valve.marks, mark{at, s.die})
	}
	return s
}

// serve is the session's life.
func (s *Session) serve() {
	defer s.valve.close()
	log := s.platform.conf.Logger.With("remote", s.RemoteAddr(), "connection", s.number)
	log.Debug("fake platform: connection")
	err := s.run()
	if err == io.EOF {
		err = nil
	}
	s.end(err)
	s.stopTimers()
	log.Debug("fake platform: connection ended", "err", s.Err())
}

func (s *Session) run() error {
	if _, err := io.WriteString(s.valve, s.script.Greeting); err != nil {
		return err
	}
	nc, err := s.startTLS()
	if err == nil {
		err = s.converse(nc)
	}
	var refused *rtmp.Refusal
	switch {
	case errors.Is(err, errSilent):
		_, err = io.Copy(io.Discard, nc)
	case errors.As(err, &refused):
		s.hangup(err)
		_, _ = io.Copy(io.Discard, nc) // until the peer closes too
	}
	return err
}

func (s *Session) startTLS() (net.Conn, error) {
	conf := s.platform.conf.TLS
	if conf == nil {
		return s.valve, nil
	}
	if s.script.Silent == rtmp.StepTLS {
		return s.valve, errSilent
	}
	secure := tls.Server(s.valve, s.noteServerName(conf))
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.secure = secure
	s.mu.Unlock()
	s.reach(rtmp.StepTLS)
	return secure, nil
}

// noteServerName notes SNI, also of handshakes that fail.
func (s *Session) noteServerName(conf *tls.Config) *tls.Config {
	conf = conf.Clone()
	before := conf.GetConfigForClient
	conf.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.note(func(j *journal) { j.serverName = hello.ServerName })
		if before != nil {
			return before(hello)
		}
		return nil, nil
	}
	return conf
}

// converse does the dialogue and takes media until the connection ends.
func (s *Session) converse(nc net.Conn) error {
	if s.script.Silent == rtmp.StepHandshake {
		return errSilent
	}
	if err := rtmp.Accept(nc); err != nil {
		return err
	}
	s.conn = rtmp.NewConn(nc, limits)
	if s.script.Acks != (Acks{}) {
		s.conn.MuteAcks()
	}
	s.mu.Lock()
	s.writer = s.conn
	s.mu.Unlock()
	s.reach(rtmp.StepHandshake)
	for {
		if !s.valve.gate.pass(s.valve.gone) { // what is buffered above the valve waits too
			return net.ErrClosed
		}
		m, err := s.conn.ReadMessage()
		if err != nil {
			return err
		}
		if err := s.take(m); err != nil {
			return err
		}
	}
}

// take handles one message.
func (s *Session) take(m rtmp.Message) error {
	if m.Type == rtmp.TypeCommand {
		c, err := rtmp.ParseCommand(m.Body)
		if err != nil {
			return err
		}
		return s.command(c)
	}
	n := s.record(m)
	if n == 0 {
		return nil
	}
	if err := s.acknowledge(); err != nil {
		return err
	}
	if s.script.StallAt.Message == n {
		s.stallAsTold()
	}
	if s.script.DieAt.Message == n {
		s.die()
	}
	if every := s.script.Quirks.Ping; every > 0 && n%every == 0 {
		return s.conn.Write(pingRequest(uint32(n)))
	}
	return nil
}

// acknowledge says the same number again where the script wants it.
func (s *Session) acknowledge() error {
	read := s.valve.bytes()
	if s.script.Acks.Never || s.script.Acks.Fixed == 0 || read-s.fixedAck < fixedAckEvery {
		return nil
	}
	s.fixedAck = read
	return s.conn.Write(ack(s.script.Acks.Fixed))
}

// String is a short account, without the key.
func (s *Session) String() string {
	state := "open"
	if s.Ended() {
		state = "ended by the peer"
		if err := s.Err(); err != nil {
			state = "ended: " + err.Error()
		}
	}
	return fmt.Sprintf("connection %d came as far as %s, got %d messages, %s", s.number, s.Step(), s.Len(), state)
}
