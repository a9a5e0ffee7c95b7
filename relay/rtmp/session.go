package rtmp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/yutopp/go-rtmp/message"
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

// login answers commands until the peer has been let in to publish.
func (s *session) login(ctx context.Context) error {
	for s.ingest == nil {
		m, err := s.conn.ReadMessage()
		if err != nil {
			return err
		}
		if m.Type != TypeCommand {
			continue // nothing else has a meaning yet
		}
		c, err := ParseCommand(m.Body)
		if err != nil {
			return err
		}
		if err := s.beforePublish(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) beforePublish(ctx context.Context, c Command) error {
	switch c.Name {
	case "connect":
		return s.connect(c)
	case "createStream":
		return s.reply(0, "_result", c.Txn, nil, publishStream)
	case "releaseStream", "_checkbw":
		return s.reply(0, "_result", c.Txn, nil, nil)
	case "FCPublish":
		return s.reply(0, "onFCPublish", 0, nil, statusInfo{"status", "NetStream.Publish.Start", "go ahead"})
	case "publish":
		return s.publish(ctx, c)
	case "play":
		return &Refusal{Code: "NetStream.Play.Failed", Description: "this server takes streams in and does not play them over RTMP"}
	}
	return nil
}

// connectProperties is the first object of connect's answer; fourCcList and
// capsEx tell an encoder that enhanced RTMP passes through.
type connectProperties struct {
	FMSVer       string   `amf0:"fmsVer"`
	Capabilities int      `amf0:"capabilities"`
	FourCCs      []string `amf0:"fourCcList"`
	CapsEx       int      `amf0:"capsEx"`
}

type connectInfo struct {
	Level          string  `amf0:"level"`
	Code           string  `amf0:"code"`
	Description    string  `amf0:"description"`
	ObjectEncoding float64 `amf0:"objectEncoding"`
}

// multitrackCaps is what of enhanced RTMP's capsEx needs a server's
// help and gets it: multitrack (0x02), since bodies are passed on as they are.
const multitrackCaps = 0x02

func (s *session) connect(c Command) error {
	o := c.Object(0)
	s.request.App, _ = o["app"].(string)
	encoder, _ := o["flashVer"].(string)
	s.request.Encoder = encoder[:min(len(encoder), maxEncoder)]
	s.request.FourCCs = fourCCs(o["fourCcList"])
	if err := s.conn.Write(
		control(&message.WinAckSize{Size: windowAckSize}),
		control(&message.SetPeerBandwidth{Size: windowAckSize, Limit: message.LimitTypeDynamic}),
		control(&message.SetChunkSize{ChunkSize: outChunkSize}),
	); err != nil {
		return err
	}
	return s.reply(0, "_result", c.Txn,
		connectProperties{"FMS/3,5,7,7009", 31, s.request.FourCCs, multitrackCaps},
		connectInfo{"status", "NetConnection.Connect.Success", "connected", 0})
}

// What is kept of a peer's words about itself: it may say them before it has
// shown a key, and they are shown and answered.
const (
	maxEncoder = 128
	maxFourCCs = 32
)

// fourCCs returns the codecs in a connect command's fourCcList ("*" is any).
func fourCCs(list any) []string {
	var out []string
	values, _ := list.([]any)
	for _, v := range values {
		if f, _ := v.(string); (len(f) == 4 || f == "*") && len(out) < maxFourCCs {
			out = append(out, f)
		}
	}
	return out
}

// publish asks whether the peer may, and says so.
func (s *session) publish(ctx context.Context, c Command) error {
	key := c.Text(1)
	if key == "" { // everything was put into the server URL: app/key
		path, _, _ := strings.Cut(s.request.App, "?")
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			s.request.App, key = s.request.App[:i], s.request.App[i+1:]
		}
	}
	s.request.Key, s.request.Remote = secret.New(key), s.remote
	ingest, err := s.conf.Publish(ctx, s.request, s.cancel)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	s.ingest = ingest
	if err := s.conn.Write(control(&message.UserCtrl{Event: &message.UserCtrlEventStreamBegin{StreamID: publishStream}})); err != nil {
		return err
	}
	return s.reply(publishStream, "onStatus", 0, nil, statusInfo{"status", "NetStream.Publish.Start", "publishing"})
}

// afterPublish follows the commands that end a broadcast. OBS says all of them
// at each stop and at each reconnect. A command that cannot be read is none of
// these, and no reason to end a broadcast.
func (s *session) afterPublish(m Message) error {
	c, _ := ParseCommand(m.Body)
	switch c.Name {
	case "FCUnpublish", "deleteStream", "closeStream":
		s.goodbye = true
		return s.reply(publishStream, "onStatus", 0, nil, statusInfo{"status", "NetStream.Unpublish.Success", "unpublished"})
	}
	return nil
}

func (s *session) reply(streamID uint32, name string, txn int64, values ...any) error {
	m, err := NewCommand(streamID, name, txn, values...)
	if err != nil {
		return err
	}
	return s.conn.Write(m)
}

// farewell tells a refused encoder why, in the answer that encoders show, and
// gives it a second to read that and say its last: closing at once would reset
// the connection and lose the answer.
func (s *session) farewell(err error) {
	var r *Refusal
	switch refused := errors.As(err, &r); {
	case refused && s.conn != nil:
		s.conf.Metrics.refused(reasonOf(r))
		if s.reply(publishStream, "onStatus", 0, nil, statusInfo{"error", r.Code, r.Description}) != nil {
			return
		}
	case !s.goodbye:
		return
	}
	if half, ok := s.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = s.nc.SetReadDeadline(time.Now().Add(time.Second))
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

// idleReader reads from a connection that must not fall silent.
type idleReader struct {
	nc      net.Conn
	ended   func() error // not nil once begin was called
	first   time.Time    // until when the first media must be there
	flowing bool         // it is
	silence time.Duration
}

// begin puts the limits into force: first until media flows, silence after.
func (r *idleReader) begin(ended func() error, first time.Time, silence time.Duration) {
	r.ended, r.first, r.silence = ended, first, silence
}

func (r *idleReader) Read(b []byte) (int, error) {
	if r.ended != nil {
		deadline := r.first
		if r.flowing {
			deadline = time.Now().Add(r.silence)
		}
		if err := r.nc.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
		// The session may have been ended, and the deadline with it, just before.
		if err := r.ended(); err != nil {
			return 0, err
		}
	}
	return r.nc.Read(b)
}
