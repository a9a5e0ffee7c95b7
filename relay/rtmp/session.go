package rtmp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// session is one publisher's connection, from its first byte to its last.
type session struct {
	conf   ServerConfig
	nc     net.Conn
	remote netip.AddrPort
	leave  func() // the peer is no longer pending

	conn    *Conn
	idle    *idleReader
	request Request
	ingest  Ingest
	cancel  context.CancelCauseFunc
	goodbye bool
}

// publishStream is the message stream on which createStream lets a peer publish.
const publishStream = 1

func newSession(conf ServerConfig, nc net.Conn, remote netip.AddrPort, leave func()) *session {
	return &session{conf: conf, nc: nc, remote: remote, leave: leave}
}

// run serves the connection to its end. Whatever happens in it stays in it.
func (s *session) run(ctx context.Context) {
	log := s.conf.Logger.With("remote", s.remote.String())
	s.conf.Metrics.connections(+1)
	defer s.conf.Metrics.connections(-1)
	defer func() { _ = s.nc.Close() }()
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = s.nc.SetReadDeadline(time.Unix(1, 0))
		_ = s.nc.SetWriteDeadline(time.Now().Add(farewellTimeout)) // the peer may have stopped reading
		close(woken)
	})

	err := s.contain(log, func() error { return s.serve(ctx) })
	if !stop() {
		<-woken // or the deadline of the end would fall into the farewell
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if s.ingest != nil {
		_ = s.contain(log, func() error { s.ingest.Close(s.goodbye); return nil })
	}
	s.farewell(err)
	log.Debug("publisher's connection ended", "err", err, "goodbye", s.goodbye)
}

var errPanic = errors.New("panic in the session")

// contain turns a panic in f into an error, so that an ingest which panics is
// still closed, and only this session ends.
func (s *session) contain(log *slog.Logger, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.conf.Metrics.panicked()
			log.Error("panic in a publisher's session; the others go on", "err", r, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return f()
}

// serve does the dialogue and then hands media over until there is no more.
func (s *session) serve(ctx context.Context) error {
	if err := s.within(ctx, s.conf.Handshake); err != nil {
		return err
	}
	if err := Accept(s.nc); err != nil {
		s.conf.Metrics.refused("handshake")
		return err
	}
	if err := s.within(ctx, s.conf.Login); err != nil {
		return err
	}
	s.idle = &idleReader{nc: s.nc}
	s.conn = newConn(s.nc, s.idle, beforePublish())
	if err := s.login(ctx); err != nil {
		return err
	}
	s.leave()
	s.conn.in.limits = afterPublish()
	s.idle.begin(ctx.Err, time.Now().Add(s.conf.FirstMedia), s.conf.Silence)
	return s.media()
}

// within sets a deadline for what comes next. A session that has been ended
// must not get its time back: either its end sets the deadline after us, or we
// see here that it has ended.
func (s *session) within(ctx context.Context, d time.Duration) error {
	if err := s.nc.SetDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	return ctx.Err()
}

// media is the way in of every audio and video message: from the chunk layer
// to the stream.
func (s *session) media() error {
	for !s.goodbye {
		m, err := s.conn.ReadMessage()
		if err != nil {
			return err
		}
		switch m.Type {
		case TypeAudio, TypeVideo:
			s.idle.flowing = true
			err = s.ingest.Write(media.Kind(m.Type), m.Time, m.Body)
		case TypeData:
			err = s.ingest.Write(media.Data, m.Time, bytes.TrimPrefix(m.Body, setDataFrame))
		case TypeCommand:
			err = s.afterPublish(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// farewellTimeout is for each direction of what is said last.
const farewellTimeout = time.Second

// farewell tells a refused encoder why, in the answer that encoders show, and
// gives it a second to read that and say its last: closing at once would reset
// the connection and lose the answer.
func (s *session) farewell(err error) {
	var r *Refusal
	switch refused := errors.As(err, &r); {
	case refused && s.conn != nil:
		s.conf.Metrics.refused(reasonOf(r))
		s.conn.patience = farewellTimeout // no one else writes here
		if s.reply(publishStream, "onStatus", 0, nil, statusInfo{"error", r.Code, r.Description}) != nil {
			return
		}
	case !s.goodbye:
		return
	}
	if half, ok := s.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = s.nc.SetReadDeadline(time.Now().Add(farewellTimeout))
	_, _ = io.CopyN(io.Discard, s.nc, 1<<20)
}

// reasonOf names a refusal for the metrics: a fixed set of labels.
func reasonOf(r *Refusal) string {
	switch r.Code {
	case CodeBadName:
		return "bad_name"
	case CodeDenied:
		return "denied"
	case CodeRejected:
		return "rejected"
	}
	return "other"
}
