package rtmp

import (
	"bytes"
	"encoding/binary"
	"net"
)

// Chunk streams of what is sent, each kind on its own so that headers stay
// apart; 2 is for protocol control (section 5.4).
const (
	csidControl = 2
	csidCommand = 3
	csidAudio   = 4
	csidData    = 5
	csidVideo   = 6
)

const (
	// outChunkSize makes most messages one chunk. It is the largest that
	// common servers take.
	outChunkSize = 65536
	// inlineBody is up to what size a body is copied behind its header:
	// cheaper than an iovec of its own.
	inlineBody = 1024
	// maxHeader is a type 0 header with an extended timestamp.
	maxHeader = 1 + 11 + 4
)

// chunkWriter lays messages out as chunks: headers in a buffer of its own,
// bodies as they are, so that one vectored write sends both and a body that
// many connections share is never copied.
//
// Every message begins with a type 0 header and its absolute time. Deltas would
// save 4 bytes a message and cost a state that must never go wrong.
type chunkWriter struct {
	chunkSize int
	head      []byte      // headers and small bodies of the batch
	bufs      net.Buffers // the batch in order; reused
	bodies    []bool      // which of bufs are bodies of the caller's
	mark      int         // from where head is not yet in bufs
	sending   net.Buffers // the batch as it is consumed by a write
}

func newChunkWriter() *chunkWriter { return &chunkWriter{chunkSize: defaultChunkSize} }

// lay returns the chunks of messages, valid until the next call.
func (w *chunkWriter) lay(batch []Message) net.Buffers {
	w.head, w.bufs, w.bodies, w.mark = w.head[:0], w.bufs[:0], w.bodies[:0], 0
	for i := range batch {
		w.message(&batch[i])
	}
	w.flushHead()
	return w.bufs
}

func (w *chunkWriter) message(m *Message) {
	csid := csidOf(m.Type)
	w.header(csid, m)
	body := m.Body
	for len(body) > w.chunkSize {
		w.body(body[:w.chunkSize])
		body = body[w.chunkSize:]
		w.continuation(csid, m.Time)
	}
	w.body(body)
	if m.Type == TypeSetChunkSize && len(m.Body) == 4 {
		w.chunkSize = max(1, int(binary.BigEndian.Uint32(m.Body)&0x7FFFFFFF))
	}
}

// header writes a type 0 chunk header (section 5.3.1.2.1).
func (w *chunkWriter) header(csid uint8, m *Message) {
	var h [maxHeader]byte
	h[0] = csid // type 0
	putUint24(h[1:], min(m.Time, extendedMark))
	putUint24(h[4:], uint32(len(m.Body)))
	h[7] = m.Type
	binary.LittleEndian.PutUint32(h[8:], m.StreamID)
	n := 12
	if m.Time >= extendedMark {
		binary.BigEndian.PutUint32(h[12:], m.Time)
		n = 16
	}
	w.head = append(w.head, h[:n]...)
}

// continuation writes a type 3 chunk header, with the extended timestamp
// repeated as section 5.3.1.3 asks.
func (w *chunkWriter) continuation(csid uint8, time uint32) {
	w.head = append(w.head, 3<<6|csid)
	if time >= extendedMark {
		w.head = binary.BigEndian.AppendUint32(w.head, time)
	}
}

func (w *chunkWriter) body(b []byte) {
	if len(b) <= inlineBody {
		w.head = append(w.head, b...)
		return
	}
	w.flushHead()
	w.bufs, w.bodies = append(w.bufs, b), append(w.bodies, true)
}

// flushHead puts what has gathered in head into the batch. When head grows and
// moves, what was put before still stands in the old array.
func (w *chunkWriter) flushHead() {
	if len(w.head) > w.mark {
		w.bufs, w.bodies = append(w.bufs, w.head[w.mark:len(w.head):len(w.head)]), append(w.bodies, false)
		w.mark = len(w.head)
	}
}

// leftover is what is not yet sent of the batch once n bytes are, in memory that
// stays: bodies as they are, headers copied.
func (w *chunkWriter) leftover(n int) (rest net.Buffers) {
	for i, b := range w.bufs {
		if n >= len(b) {
			n -= len(b)
			continue
		}
		if b = b[n:]; !w.bodies[i] {
			b = bytes.Clone(b)
		}
		rest, n = append(rest, b), 0
	}
	return rest
}

func csidOf(typ uint8) uint8 {
	switch typ {
	case TypeAudio:
		return csidAudio
	case TypeVideo:
		return csidVideo
	case TypeData:
		return csidData
	case TypeCommand:
		return csidCommand
	}
	return csidControl
}

func putUint24(b []byte, v uint32) { b[0], b[1], b[2] = byte(v>>16), byte(v>>8), byte(v) }
