package rtmp

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/yutopp/go-rtmp/message"
)

const (
	// windowAckSize is the acknowledgement window in bytes that is announced
	// and, until the peer sets its own, kept. It is what Flash servers send.
	windowAckSize = 2_500_000
	// writeTimeout is how long one batch may take to reach the kernel.
	writeTimeout = 10 * time.Second
)

// Conn is the chunk layer over one connection whose handshake is done: it
// reads and writes messages and sees to protocol control by itself. One
// goroutine may read while others write.
type Conn struct {
	nc  net.Conn
	in  *chunkReader
	got *meter // counts what comes in, for acknowledgements

	ackWindow uint32
	acked     uint32 // got at the last acknowledgement; both are modulo 2^32
	muteAcks  bool
	unpacked  []Message // the rest of an aggregate

	// wmu guards out, flat, rest and the order of writes. It is held during a
	// write, which patience bounds: media and answers to pings share one socket.
	wmu      sync.Mutex
	out      *chunkWriter
	flat     []byte          // one write over TLS
	rest     net.Buffers     // what TryWrite has left over
	broken   error           // of a write that has failed, perhaps within a message: nothing may follow
	raw      syscall.RawConn // for TryWrite; nil where a write may have to wait
	wire     *wire           // the same for TLS; nil without
	patience time.Duration   // how long one batch may take; set before the writers begin
	written  atomic.Uint64
}

// NewConn returns the chunk layer on nc, whose handshake is done.
func NewConn(nc net.Conn, limits Limits) *Conn { return newConn(nc, nc, limits.orDefaults()) }

// newConn reads from r, which reads from nc.
func newConn(nc net.Conn, r io.Reader, limits Limits) *Conn {
	got := &meter{r: r}
	return &Conn{nc: nc, got: got, in: newChunkReader(got, limits), out: newChunkWriter(), patience: writeTimeout, ackWindow: windowAckSize, raw: rawOf(nc)}
}

// MuteAcks stops acknowledging, as some servers do.
func (c *Conn) MuteAcks() { c.muteAcks = true }

// ReadMessage returns the next message that is not protocol control. AMF3
// commands and data come as AMF0, aggregates as the messages in them.
func (c *Conn) ReadMessage() (Message, error) {
	for {
		m, err := c.nextMessage()
		if err != nil {
			return Message{}, err
		}
		if err := c.acknowledge(); err != nil {
			return Message{}, err
		}
		switch m.Type {
		case TypeAudio, TypeVideo, TypeData, TypeCommand:
			return m, nil
		case TypeDataAMF3, TypeCommandAMF3:
			// A format byte, then AMF0 in all that encoders send (section 7.1.1).
			if len(m.Body) > 0 {
				m.Type, m.Body = amf0Twin(m.Type), m.Body[1:]
				return m, nil
			}
		case TypeAggregate:
			if c.unpacked, err = unpack(m); err != nil {
				return Message{}, err
			}
		default:
			if err := c.control(m); err != nil {
				return Message{}, err
			}
		}
	}
}

func (c *Conn) nextMessage() (Message, error) {
	if len(c.unpacked) > 0 {
		m := c.unpacked[0]
		c.unpacked = c.unpacked[1:]
		return m, nil
	}
	return c.in.next()
}

func amf0Twin(typ uint8) uint8 {
	if typ == TypeCommandAMF3 {
		return TypeCommand
	}
	return TypeData
}

// control follows a protocol control message. Unknown types, unknown events
// and acknowledgements pass unnoticed: sending never waits for a peer's acks,
// since some send none and some a constant.
func (c *Conn) control(m Message) error {
	switch m.Type {
	case TypeSetChunkSize, TypeAbort, TypeWindowAckSize, TypeUserControl:
	default:
		return nil
	}
	var decoded message.Message
	if err := message.NewDecoder(bytes.NewReader(m.Body)).Decode(message.TypeID(m.Type), &decoded); err != nil {
		if m.Type == TypeUserControl {
			return nil
		}
		return protocolError("control message of type %d: %v", m.Type, err)
	}
	switch d := decoded.(type) {
	case *message.SetChunkSize:
		return c.in.setChunkSize(d.ChunkSize)
	case *message.AbortMessage:
		c.in.abort(d.ChunkStreamID)
	case *message.WinAckSize:
		if d.Size > 0 {
			c.ackWindow = uint32(d.Size)
		}
	case *message.UserCtrl:
		if ping, ok := d.Event.(*message.UserCtrlEventPingRequest); ok {
			return c.Write(control(&message.UserCtrl{Event: &message.UserCtrlEventPingResponse{Timestamp: ping.Timestamp}}))
		}
	}
	return nil
}

// acknowledge reports what has come in once a window is full (section 5.4.3).
// The count is modulo 2^32: unsigned arithmetic does what the protocol means.
func (c *Conn) acknowledge() error {
	total := c.got.n
	if total-c.acked < c.ackWindow || c.muteAcks {
		return nil
	}
	c.acked = total
	return c.Write(control(&message.Ack{SequenceNumber: total}))
}

// Write sends messages in order, as one vectored write where the connection
// can (over TLS, one buffered write), after what a TryWrite has left over. It
// fails when the kernel has not taken the whole batch after 10 s.
func (c *Conn) Write(batch ...Message) (err error) {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if c.broken != nil {
		return c.broken
	}
	defer func() { c.broken = err }()
	if err := c.nc.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	bufs := c.out.lay(batch)
	n, err := c.send(bufs)
	c.written.Add(uint64(n))
	clear(bufs) // do not keep bodies alive until the next batch
	if err == nil && c.wire != nil {
		// TLS may write by itself at any time, and would find a deadline that has
		// passed. Nor does it need the buffer, while others write without waiting.
		c.flat = nil
		err = c.nc.SetWriteDeadline(time.Time{})
	}
	return err
}

// finish sends what TryWrite has left over.
func (c *Conn) finish() error {
	if c.wire != nil {
		return c.wire.flush()
	}
	if len(c.rest) == 0 {
		return nil
	}
	n, err := c.send(c.rest)
	c.written.Add(uint64(n))
	clear(c.rest)
	c.rest = nil
	return err
}

func (c *Conn) send(bufs net.Buffers) (int64, error) {
	if _, secure := c.nc.(*tls.Conn); !secure {
		c.out.sending = bufs // WriteTo consumes its receiver, which must not escape on each call
		return c.out.sending.WriteTo(c.nc)
	}
	c.flat = c.flat[:0]
	for _, b := range bufs {
		c.flat = append(c.flat, b...)
	}
	n, err := c.nc.Write(c.flat)
	return int64(n), err
}

// Written is how many bytes of chunks have been handed to the connection.
func (c *Conn) Written() uint64 { return c.written.Load() }

// Close closes the connection.
func (c *Conn) Close() error { return c.nc.Close() }

// unpack takes an aggregate message apart (section 7.1.6): FLV tags, each
// followed by its size. Times are moved so that the first is the message's own.
func unpack(m Message) ([]Message, error) {
	const head, tail = 11, 4
	var out []Message
	var first uint32
	for b := m.Body; len(b) > 0; {
		if len(b) < head {
			return nil, protocolError("an aggregate message that ends within a header")
		}
		size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		time := uint32(b[7])<<24 | uint32(b[4])<<16 | uint32(b[5])<<8 | uint32(b[6])
		if len(b) < head+size {
			return nil, protocolError("an aggregate message that ends within a message")
		}
		if len(out) == 0 {
			first = time
		}
		switch typ := b[0]; typ {
		case TypeAudio, TypeVideo, TypeData:
			out = append(out, Message{Type: typ, StreamID: m.StreamID, Time: m.Time + time - first, Body: b[head : head+size : head+size]})
		}
		b = b[min(len(b), head+size+tail):]
	}
	return out, nil
}

// meter counts bytes modulo 2^32.
type meter struct {
	r io.Reader
	n uint32
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.n += uint32(n)
	return n, err
}
