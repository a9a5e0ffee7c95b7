package rtmp

import (
	"context"
	"fmt"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/yutopp/go-rtmp/message"
)

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
