package rtmp

import (
	"context"
	"log/slog"

	"github.com/yutopp/go-rtmp/message"
)

// connectObject is the command object of connect (section 7.2.1.1), in the
// order and with the values that encoders send.
type connectObject struct {
	App      string   `amf0:"app"`
	Type     string   `amf0:"type"`
	FlashVer string   `amf0:"flashVer"`
	TCURL    string   `amf0:"tcUrl"`
	FourCCs  []string `amf0:"fourCcList"`
}

// classicConnectObject is for sources without enhanced codecs: old servers
// are not troubled with a field that they do not know.
type classicConnectObject struct {
	App      string `amf0:"app"`
	Type     string `amf0:"type"`
	FlashVer string `amf0:"flashVer"`
	TCURL    string `amf0:"tcUrl"`
}

func connectCommand(a address, t Target, version string) (Message, error) {
	flashVer := "FMLE/3.0 (compatible; hawker/" + or(version, "dev") + ")"
	if len(t.FourCCs) == 0 {
		return NewCommand(0, "connect", 1, classicConnectObject{a.app, "nonprivate", flashVer, a.tcURL})
	}
	return NewCommand(0, "connect", 1, connectObject{a.app, "nonprivate", flashVer, a.tcURL, t.FourCCs})
}

// ask goes through a client's dialogue up to NetStream.Publish.Start.
func (p *Publisher) ask(a address, t Target, version string, watch Watch) (Step, error) {
	watch.begins(StepConnect)
	p.key = t.Key.Reveal()
	p.secrets = append(mistyped(a.app), p.key)
	connect, err := connectCommand(a, t, version)
	if err != nil {
		return StepConnect, err
	}
	if err := p.conn.Write(connect); err != nil {
		return StepConnect, err
	}
	if _, err := p.await(func(c Command) bool { return c.Name == "_result" && c.Txn == 1 }); err != nil {
		return StepConnect, err
	}
	watch.begins(StepCreateStream)
	create, err := p.createStream()
	if err != nil {
		return StepCreateStream, err
	}
	if err := p.conn.Write(create...); err != nil {
		return StepCreateStream, err
	}
	created, err := p.await(func(c Command) bool { return c.Name == "_result" && c.Txn == 4 })
	if err != nil {
		return StepCreateStream, err
	}
	p.streamID = uint32(created.Number(1))
	watch.begins(StepPublish)
	publish, err := NewCommand(p.streamID, "publish", 5, nil, p.key, "live")
	if err != nil {
		return StepPublish, err
	}
	if err := p.conn.Write(publish); err != nil {
		return StepPublish, err
	}
	_, err = p.await(func(c Command) bool {
		_, code, _ := c.Status()
		return c.Name == "onStatus" && code == "NetStream.Publish.Start"
	})
	return StepPublish, err
}

// createStream returns what is said between connect and publish, in one go.
func (p *Publisher) createStream() ([]Message, error) {
	release, err := NewCommand(0, "releaseStream", 2, nil, p.key)
	if err != nil {
		return nil, err
	}
	announce, err := NewCommand(0, "FCPublish", 3, nil, p.key)
	if err != nil {
		return nil, err
	}
	create, err := NewCommand(0, "createStream", 4, nil)
	return []Message{control(&message.SetChunkSize{ChunkSize: outChunkSize}), release, announce, create}, err
}

// await reads until the command that is waited for, or a refusal.
func (p *Publisher) await(wanted func(Command) bool) (Command, error) {
	for {
		m, err := p.conn.ReadMessage()
		if err != nil {
			return Command{}, gone(err)
		}
		if m.Type != TypeCommand {
			continue
		}
		c, err := ParseCommand(m.Body)
		if err != nil {
			return Command{}, err
		}
		if wanted(c) {
			return c, nil
		}
		if r := p.refusal(c); r != nil {
			return Command{}, r
		}
		p.note(c)
	}
}

// refusal returns what a command refuses with, or nil. An _error to
// releaseStream or FCPublish (2 and 3) refuses nothing: many servers do not
// know these.
func (p *Publisher) refusal(c Command) *Refusal {
	level, code, description := c.Status()
	switch {
	case c.Name == "_error" && c.Txn != 2 && c.Txn != 3,
		c.Name == "onStatus" && level == "error",
		c.Name == "close":
		if code == "" && description == "" {
			description = "the server refused without a reason"
		}
		return &Refusal{Code: redact(code, p.secrets...), Description: redact(description, p.secrets...)}
	}
	return nil
}

// note logs what the server says beside the point.
func (p *Publisher) note(c Command) {
	if !p.logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	_, code, description := c.Status()
	p.logger.Debug("the server says "+redact(c.Name, p.secrets...), "code", redact(code, p.secrets...), "description", redact(description, p.secrets...))
}
