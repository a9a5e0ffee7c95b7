package relaytest

import (
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// command answers one command of the client.
func (s *Session) command(c rtmp.Command) error {
	s.note(func(j *journal) { j.commands = append(j.commands, Command{c.Name, time.Now()}) })
	switch c.Name {
	case "connect":
		return s.onConnect(c)
	case "releaseStream":
		return s.onReleaseStream(c)
	case "FCPublish":
		return s.onFCPublish(c)
	case "createStream":
		return s.onCreateStream(c)
	case "publish":
		return s.onPublish(c)
	case "_checkbw":
		return s.say(command(0, "_result", c.Txn, nil, nil))
	case "FCUnpublish", "deleteStream", "closeStream":
		s.note(func(j *journal) { j.goodbye = true })
	}
	return nil
}

// stance answers with silence or a refusal where the script wants it at a step.
func (s *Session) stance(step rtmp.Step, c rtmp.Command) error {
	if s.script.Silent == step {
		return errSilent
	}
	r := s.script.Refuse
	if r == nil || r.At != step {
		return nil
	}
	return s.refuse(step, c, r.Code, r.Description)
}

func (s *Session) refuse(step rtmp.Step, c rtmp.Command, code, description string) error {
	m := command(0, "_error", c.Txn, nil, info{"error", code, description})
	if step == rtmp.StepPublish {
		m = status(s.streamID, s.script.Quirks, "error", code, description)
	}
	if err := s.say(m); err != nil {
		return err
	}
	return &rtmp.Refusal{Code: code, Description: description}
}

func (s *Session) onConnect(c rtmp.Command) error {
	s.note(func(j *journal) { j.connect = c.Object(0) })
	if err := s.stance(rtmp.StepConnect, c); err != nil {
		return err
	}
	q := s.script.Quirks
	batch := []rtmp.Message{connected(c.Txn, q)}
	if q.BWDone {
		batch = append(batch, command(0, "onBWDone", 0, nil, 8192))
	}
	switch {
	case q.NoControls:
	case q.LateControls:
		batch = append(batch, peerBandwidth(), windowSize(), chunkSize(q))
	default:
		batch = append([]rtmp.Message{windowSize(), peerBandwidth(), chunkSize(q)}, batch...)
	}
	s.reach(rtmp.StepConnect)
	return s.say(batch...)
}

func (s *Session) onReleaseStream(c rtmp.Command) error {
	switch q := s.script.Quirks; {
	case q.MuteReleaseStream:
		return nil
	case q.ErrorReleaseStream:
		return s.say(command(0, "_error", c.Txn, nil, info{"error", "NetConnection.Call.Failed", "method not found: releaseStream"}))
	}
	return s.say(command(0, "_result", c.Txn, nil, nil))
}

func (s *Session) onFCPublish(c rtmp.Command) error {
	switch q := s.script.Quirks; {
	case q.ErrorReleaseStream:
		return s.say(command(0, "_error", c.Txn, nil, info{"error", "NetConnection.Call.Failed", "method not found: FCPublish"}))
	case q.NoOnFCPublish:
		return nil
	}
	return s.say(command(0, "onFCPublish", 0, nil, info{"status", "NetStream.Publish.Start", "go ahead"}))
}

func (s *Session) onCreateStream(c rtmp.Command) error {
	if err := s.stance(rtmp.StepCreateStream, c); err != nil {
		return err
	}
	s.reach(rtmp.StepCreateStream)
	return s.say(command(0, "_result", c.Txn, nil, s.streamID))
}

func (s *Session) onPublish(c rtmp.Command) error {
	key := c.Text(1)
	if key == "" { // everything was put into the app: app/key
		key = s.App()[strings.LastIndexByte(s.App(), '/')+1:]
	}
	s.note(func(j *journal) { j.key = key })
	if err := s.stance(rtmp.StepPublish, c); err != nil {
		return err
	}
	if !s.platform.admit(s, key) {
		return s.refuse(rtmp.StepPublish, c, rtmp.CodeBadName, "the stream is already published")
	}
	s.startClock()
	return s.say(s.welcome()...)
}

// welcome is the answer to publish.
func (s *Session) welcome() []rtmp.Message {
	q := s.script.Quirks
	batch := []rtmp.Message{streamBegin(s.streamID)}
	if q.ResetFirst {
		batch = append(batch, status(s.streamID, q, "status", "NetStream.Publish.Reset", "reset"))
	}
	return append(batch, status(s.streamID, q, "status", "NetStream.Publish.Start", "publishing"))
}

// startClock begins what the script wants some time after publish.
func (s *Session) startClock() {
	s.later(s.script.StallAt.After, s.stallAsTold)
	s.later(s.script.DieAt.After, s.die)
}

func (s *Session) say(batch ...rtmp.Message) error { return s.conn.Write(batch...) }
