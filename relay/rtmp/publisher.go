package rtmp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yutopp/go-rtmp/message"
)

// Publisher is a connection to a server that takes our stream. Write and
// Goodbye are for one goroutine; the rest may be called from any.
type Publisher struct {
	conn     *Conn
	tcp      net.Conn     // under TLS, if there is any
	wire     *wireCounter // what has been written to tcp by the handshake and by TLS
	streamID uint32
	key      string
	secrets  []string // what a server's words must not repeat: the key, and what may be one
	logger   *slog.Logger

	done chan struct{}
	err  error // why done was closed; written before
	wg   sync.WaitGroup
}

func newPublisher(c *Conn, tcp net.Conn, wire *wireCounter, logger *slog.Logger) *Publisher {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Publisher{conn: c, tcp: tcp, wire: wire, logger: logger, done: make(chan struct{})}
}

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
func (p *Publisher) ask(a address, t Target, version string) (Step, error) {
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

// start begins to read what the server says after Publish.Start.
func (p *Publisher) start() {
	p.wg.Go(func() {
		p.err = p.listen()
		close(p.done)
	})
}

// listen answers pings and waits for the server's word that it is over.
func (p *Publisher) listen() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = protocolError("panic while reading: %v", r)
		}
	}()
	for {
		m, err := p.conn.ReadMessage()
		if err != nil {
			return gone(err)
		}
		if m.Type != TypeCommand {
			continue
		}
		c, err := ParseCommand(m.Body)
		if err != nil { // not worth a live
			p.logger.Debug("a command of the server cannot be read", "err", err)
			continue
		}
		if r := p.refusal(c); r != nil {
			return r
		}
		p.note(c)
	}
}

// note logs what the server says beside the point.
func (p *Publisher) note(c Command) {
	if !p.logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	_, code, description := c.Status()
	p.logger.Debug("the server says "+redact(c.Name, p.secrets...), "code", redact(code, p.secrets...), "description", redact(description, p.secrets...))
}

// Write sends a batch of audio, video and data messages in one go. Their
// StreamID is filled in. It fails when the kernel has not taken the whole batch
// after 10 s.
func (p *Publisher) Write(batch []Message) error {
	for i := range batch {
		batch[i].StreamID = p.streamID
	}
	return p.conn.Write(batch...)
}

// Goodbye tells the server that the broadcast has ended.
func (p *Publisher) Goodbye() error {
	unpublish, err := NewCommand(0, "FCUnpublish", 6, nil, p.key)
	if err != nil {
		return err
	}
	remove, err := NewCommand(0, "deleteStream", 7, nil, p.streamID)
	if err != nil {
		return err
	}
	return p.conn.Write(unpublish, remove)
}

// Close closes the connection and waits for its reader. What has been written
// still goes out (FIN), unless the peer does not take it: TLS's goodbye gets a
// second.
func (p *Publisher) Close() error {
	stop := time.AfterFunc(time.Second, func() { _ = p.tcp.Close() })
	defer stop.Stop()
	err := p.conn.Close()
	p.wg.Wait()
	return err
}

// Done is closed when the server has closed the connection or refused the
// stream after the start; Err tells why.
func (p *Publisher) Done() <-chan struct{} { return p.done }

// Err is why Done was closed: a *Refusal where the server said so. It is nil
// until then.
func (p *Publisher) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Written is how many bytes have been handed to the kernel, TLS and handshake
// included.
func (p *Publisher) Written() uint64 {
	n := p.wire.n.Load()
	if p.conn.nc == p.tcp { // plain text goes around wire
		n += p.conn.Written()
	}
	return n
}

// Acked is how many bytes the peer's TCP has acknowledged. It may be ahead of
// Written, which does not count a write before it ends. On systems that cannot
// tell, and after Close, it is Written.
func (p *Publisher) Acked() uint64 {
	if n, ok := acknowledged(p.tcp); ok {
		return n
	}
	return p.Written()
}

// Remote is the server's address as host:port.
func (p *Publisher) Remote() string { return p.tcp.RemoteAddr().String() }

// wireCounter counts what the handshake and TLS write. Plain messages do not go
// through it, so that vectored writes reach the socket.
type wireCounter struct {
	net.Conn
	n atomic.Uint64
}

func (w *wireCounter) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.n.Add(uint64(n))
	return n, err
}

var errGone = errors.New("the server closed the connection")

// gone puts an end of the connection in words.
func gone(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return errGone
	}
	return err
}
