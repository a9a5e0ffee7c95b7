package main

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// place is where one stream can be published: server is rtmp://host:port/app or
// rtmps://host:port/app.
type place struct {
	Server, Key string
}

// address is the place's host:port.
func (p place) address() string {
	_, rest, _ := strings.Cut(p.Server, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func (p place) app() string { return p.Server[strings.LastIndexByte(p.Server, '/')+1:] }

func (p place) secure() bool { return strings.HasPrefix(p.Server, "rtmps:") }

type connectObject struct {
	App      string `amf0:"app"`
	Type     string `amf0:"type"`
	FlashVer string `amf0:"flashVer"`
	TCURL    string `amf0:"tcUrl"`
}

type statusObject struct {
	Level       string `amf0:"level"`
	Code        string `amf0:"code"`
	Description string `amf0:"description"`
}

// say sends a command, in the chunks that hold before anything is announced.
func say(to io.Writer, streamID uint32, name string, txn int64, values ...any) error {
	m, err := rtmp.NewCommand(streamID, name, txn, values...)
	if err != nil {
		return err
	}
	_, err = to.Write(appendMessage(nil, m, defaultChunk))
	return err
}

// ask does a client's part on nc, up to NetStream.Publish.Start. The caller
// reads on from the reader, and writes to stream 1 in chunks of chunkSize.
func ask(nc net.Conn, p place, chunkSize int) (*reader, error) {
	if err := rtmp.Greet(nc); err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	r := newReader(nc, dialogueBuffer)
	connect := connectObject{p.app(), "nonprivate", "FMLE/3.0 (compatible; benchmark)", p.Server}
	if err := say(nc, 0, "connect", 1, connect); err != nil {
		return nil, err
	}
	if _, err := r.await(func(c rtmp.Command) bool { return c.Name == "_result" && c.Txn == 1 }); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := say(nc, 0, "createStream", 2, nil); err != nil {
		return nil, err
	}
	created, err := r.await(func(c rtmp.Command) bool { return c.Name == "_result" && c.Txn == 2 })
	if err != nil {
		return nil, fmt.Errorf("createStream: %w", err)
	}
	if created.Number(1) != 1 {
		return nil, fmt.Errorf("createStream: stream %v where every server gives 1", created.Number(1))
	}
	if err := say(nc, 1, "publish", 3, nil, p.Key, "live"); err != nil {
		return nil, err
	}
	if _, err := r.await(started); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	_, err = nc.Write(appendMessage(nil, setChunkSize(chunkSize), defaultChunk))
	return r, err
}

func started(c rtmp.Command) bool {
	_, code, _ := c.Status()
	return c.Name == "onStatus" && code == "NetStream.Publish.Start"
}

// answer does a server's part for one command. It returns the key once the
// client has asked to publish.
func answer(to io.Writer, body []byte) (key string, err error) {
	c, err := rtmp.ParseCommand(body)
	if err != nil {
		return "", err
	}
	switch c.Name {
	case "connect":
		return "", say(to, 0, "_result", c.Txn, nil, statusObject{"status", "NetConnection.Connect.Success", "connected"})
	case "createStream":
		return "", say(to, 0, "_result", c.Txn, nil, 1)
	case "releaseStream":
		return "", say(to, 0, "_result", c.Txn, nil, nil)
	case "publish":
		return c.Text(1), say(to, 1, "onStatus", 0, nil, statusObject{"status", "NetStream.Publish.Start", "publishing"})
	}
	return "", nil
}
