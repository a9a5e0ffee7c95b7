package rtmp

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// raw builds chunks by hand, byte for byte from the specification and apart
// from chunkWriter, so that a reader and a writer with the same mistake differ.
type raw struct{ bytes.Buffer }

// basic writes a basic header in its shortest form.
func (r *raw) basic(format uint8, csid uint32) *raw {
	switch {
	case csid < 64:
		r.WriteByte(format<<6 | byte(csid))
	case csid < 64+256:
		r.Write([]byte{format << 6, byte(csid - 64)})
	default:
		r.Write([]byte{format<<6 | 1, byte(csid - 64), byte((csid - 64) >> 8)})
	}
	return r
}

func (r *raw) u24(v int) *raw { r.Write([]byte{byte(v >> 16), byte(v >> 8), byte(v)}); return r }

func (r *raw) u32(v uint32) *raw { r.Write(binary.BigEndian.AppendUint32(nil, v)); return r }

func (r *raw) bytes(b ...byte) *raw { r.Write(b); return r }

// type0 writes a whole header whose timestamp field is field.
func (r *raw) type0(csid uint32, field int, length int, typ uint8, sid uint32) *raw {
	r.basic(0, csid).u24(field).u24(length).WriteByte(typ)
	r.Write(binary.LittleEndian.AppendUint32(nil, sid))
	return r
}

func (r *raw) type1(csid uint32, delta int, length int, typ uint8) *raw {
	return r.basic(1, csid).u24(delta).u24(length).bytes(typ)
}

func (r *raw) type2(csid uint32, delta int) *raw { return r.basic(2, csid).u24(delta) }

func (r *raw) type3(csid uint32) *raw { return r.basic(3, csid) }

// pattern returns n bytes that tell a position from its neighbours.
func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8) + seed
	}
	return b
}

// memory is a connection whose peer has said everything before it was opened.
type memory struct {
	in  io.Reader
	out bytes.Buffer
}

func (m *memory) Read(b []byte) (int, error)       { return m.in.Read(b) }
func (m *memory) Write(b []byte) (int, error)      { return m.out.Write(b) }
func (m *memory) Close() error                     { return nil }
func (m *memory) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (m *memory) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (m *memory) SetDeadline(time.Time) error      { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }

// readAll reads messages until the reader fails.
func readAll(r *chunkReader) (got []Message, err error) {
	for {
		m, err := r.next()
		if err != nil {
			return got, err
		}
		got = append(got, m)
	}
}

// laid returns the bytes of messages as w sends them.
func laid(w *chunkWriter, batch ...Message) []byte {
	var b bytes.Buffer
	for _, part := range w.lay(batch) {
		b.Write(part)
	}
	return b.Bytes()
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
