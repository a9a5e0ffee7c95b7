package relaytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// client is an encoder's connection: the dialogue of OBS up to publish, then
// chunks of its own making.
type client struct {
	tcp  *net.TCPConn
	nc   net.Conn   // tcp, or TLS over it
	conn *rtmp.Conn // reads, and answers pings
	key  string

	mu       sync.Mutex // guards chunks and buf
	chunks   *chunker
	buf      []byte
	streamID uint32
}

// dial connects and goes as far as NetStream.Publish.Start. The error is a
// *rtmp.Refusal when the server said no.
func dial(ctx context.Context, conf EncoderConfig) (*client, error) {
	u, err := url.Parse(conf.Target.Server)
	if err != nil {
		return nil, err
	}
	nd := net.Dialer{}
	if conf.From != "" {
		nd.LocalAddr = &net.TCPAddr{IP: net.ParseIP(conf.From)}
	}
	nc, err := nd.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	c := &client{tcp: nc.(*net.TCPConn), nc: nc, key: conf.Target.Key.Reveal(), chunks: newChunker(conf.Wire)}
	stop := context.AfterFunc(ctx, func() { _ = c.tcp.SetDeadline(time.Unix(1, 0)) })
	err = c.dialogue(ctx, u, conf)
	if !stop() && err != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = c.tcp.Close()
		return nil, err
	}
	return c, nil
}

func (c *client) dialogue(ctx context.Context, u *url.URL, conf EncoderConfig) error {
	if u.Scheme == "rtmps" {
		secure, err := trust(u.Hostname(), conf.Target.CAFile)
		if err != nil {
			return err
		}
		t := tls.Client(c.tcp, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			return err
		}
		c.nc = t
	}
	if err := rtmp.Greet(c.nc); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	c.conn = rtmp.NewConn(c.nc, limits)
	return c.ask(u, conf)
}

// trust is how a client looks at certificates.
func trust(host, caFile string) (*tls.Config, error) {
	conf := &tls.Config{ServerName: host, RootCAs: x509.NewCertPool()}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("rtmps needs Target.CAFile: %w", err)
	}
	conf.RootCAs.AppendCertsFromPEM(pem)
	return conf, nil
}

type connectObject struct {
	App      string   `amf0:"app"`
	Type     string   `amf0:"type"`
	FlashVer string   `amf0:"flashVer"`
	TCURL    string   `amf0:"tcUrl"`
	FourCCs  []string `amf0:"fourCcList"`
}

// ask goes through the commands in the order of OBS.
func (c *client) ask(u *url.URL, conf EncoderConfig) error {
	app := strings.Trim(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		app += "?" + u.RawQuery
	}
	connect := connectObject{app, "nonprivate", conf.Agent, u.Scheme + "://" + u.Host + "/" + app, conf.Target.FourCCs}
	if err := c.say(command(0, "connect", 1, connect)); err != nil {
		return err
	}
	if _, err := c.await(1); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	batch := []rtmp.Message{command(0, "releaseStream", 2, nil, c.key), command(0, "FCPublish", 3, nil, c.key), command(0, "createStream", 4, nil)}
	if size := c.chunks.wire.ChunkSize; size != defaultChunk {
		batch = append([]rtmp.Message{control(rtmp.TypeSetChunkSize, uint32(size))}, batch...)
	}
	if err := c.say(batch...); err != nil {
		return err
	}
	created, err := c.await(4)
	if err != nil {
		return fmt.Errorf("create stream: %w", err)
	}
	c.streamID = uint32(created.Number(1))
	if err := c.say(command(c.streamID, "publish", 5, nil, c.key, "live")); err != nil {
		return err
	}
	if _, err := c.await(0); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// await reads until the answer to a transaction; for 0 until onStatus.
func (c *client) await(txn int64) (rtmp.Command, error) {
	for {
		m, err := c.conn.ReadMessage()
		if err != nil {
			return rtmp.Command{}, err
		}
		cmd, err := parse(m)
		if err != nil {
			return cmd, err
		}
		if cmd.Name == "_result" && cmd.Txn == txn || cmd.Name == "onStatus" && txn == 0 {
			return cmd, nil
		}
	}
}

// parse reads a command, if m is one; a refusal is an error.
func parse(m rtmp.Message) (rtmp.Command, error) {
	if m.Type != rtmp.TypeCommand {
		return rtmp.Command{}, nil
	}
	cmd, err := rtmp.ParseCommand(m.Body)
	if err != nil {
		return cmd, err
	}
	level, code, description := cmd.Status()
	if level == "error" || cmd.Name == "_error" && cmd.Txn != 2 && cmd.Txn != 3 {
		return cmd, &rtmp.Refusal{Code: code, Description: description}
	}
	return cmd, nil
}

// say writes messages in one go.
func (c *client) say(batch ...rtmp.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf = c.buf[:0]
	for _, m := range batch {
		c.buf = c.chunks.append(c.buf, m)
	}
	_, err := c.nc.Write(c.buf)
	return err
}

// listen reads until the connection ends; nil is the server's FIN.
func (c *client) listen() error {
	for {
		m, err := c.conn.ReadMessage()
		if err != nil {
			return err
		}
		if _, err := parse(m); err != nil {
			return err
		}
	}
}

// finish closes our side, gives the server a second to close its own, and
// closes.
func (c *client) finish(heard <-chan struct{}) {
	if t, ok := c.nc.(*tls.Conn); ok {
		_ = t.CloseWrite()
	}
	_ = c.tcp.CloseWrite()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-heard:
	case <-late.C:
	}
	_ = c.tcp.Close()
}

func (c *client) reset() {
	_ = c.tcp.SetLinger(0)
	_ = c.tcp.Close()
}
