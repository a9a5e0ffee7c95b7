package rtmp

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Publisher is a connection to a server that takes our stream. Write and
// Goodbye are for one goroutine; the rest may be called from any.
type Publisher struct {
	conn     *Conn
	tcp      net.Conn // under TLS, if there is any
	wire     *wire    // above tcp, for the handshake and TLS
	streamID uint32
	key      string
	secrets  []string // what a server's words must not repeat: the key, and what may be one
	logger   *slog.Logger

	done chan struct{}
	err  error // why done was closed; written before
	wg   sync.WaitGroup
}

func newPublisher(c *Conn, tcp net.Conn, wire *wire, logger *slog.Logger) *Publisher {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Publisher{conn: c, tcp: tcp, wire: wire, logger: logger, done: make(chan struct{})}
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

// Write sends a batch of audio, video and data messages in one go. Their
// StreamID is filled in. It fails when the kernel has not taken the whole batch
// after 10 s.
func (p *Publisher) Write(batch []Message) error {
	for i := range batch {
		batch[i].StreamID = p.streamID
	}
	return p.conn.Write(batch...)
}

// TryWrite is Write as far as the kernel takes the batch without waiting. done
// says that it has taken all. Otherwise the rest goes out with the next Write,
// which may be of nothing; none says that the whole batch is still to be written,
// and has to be given to Write. Where
// the system knows no such write it is always none.
func (p *Publisher) TryWrite(s *Scratch, batch []Message) (done, none bool, err error) {
	for i := range batch {
		batch[i].StreamID = p.streamID
	}
	return p.conn.TryWrite(s, batch)
}

// Tries tells whether TryWrite can do anything here.
func (p *Publisher) Tries() bool { return p.wire.raw != nil }

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
	if p.wire.busy() { // its farewell would wait for what the peer does not take
		_ = p.tcp.Close()
	}
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
	n := p.wire.sent.Load()
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

var errGone = errors.New("the server closed the connection")

// gone puts an end of the connection in words.
func gone(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return errGone
	}
	return err
}
