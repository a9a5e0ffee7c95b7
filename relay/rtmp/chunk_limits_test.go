package rtmp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestChunkReaderLimits(t *testing.T) {
	tight := Limits{MaxMessage: 1000, MaxBuffered: 1500, MaxChunkStreams: 3, MinChunkSize: 128}
	half := func(r *raw, csid uint32, length int) *raw {
		return r.type0(csid, 0, length, TypeVideo, 1).bytes(pattern(min(128, length), 1)...)
	}
	for _, tt := range []struct {
		name  string
		chunk *raw
		want  string // "" passes
	}{
		{"a message at the limit", half(new(raw), 4, 1000), ""},
		{"a message over it", half(new(raw), 4, 1001), "a message of 1001 bytes is over the limit of 1000"},
		{"the largest that can be declared", half(new(raw), 4, 1<<24-1), "over the limit"},
		{"a later message over it", half(new(raw), 4, 100).type1(4, 0, 1001, TypeVideo), "over the limit"},
		{"half messages at the limit", half(half(new(raw), 4, 1000), 5, 500), ""},
		{"half messages over it", half(half(new(raw), 4, 1000), 5, 501), "unfinished messages of more than 1500 bytes"},
		{"complete messages count no more", half(half(half(new(raw), 4, 128), 5, 1000), 6, 500), ""},
		{"chunk streams at the limit", half(half(half(new(raw), 4, 1), 70, 1), 4000, 1).type2(70, 1).bytes(1), ""},
		{"chunk streams over it", half(half(half(half(new(raw), 4, 1), 70, 1), 4000, 1), 5, 1), "more than 3 chunk streams"},
		{"the same with two bytes", half(half(half(half(new(raw), 4, 1), 70, 1), 4000, 1), 71, 1), "more than 3 chunk streams"},
		{"type 2 first", new(raw).type2(4, 0), "begins with a type 2 chunk"},
		{"type 3 first", new(raw).type3(4), "begins with a type 3 chunk"},
		{"type 3 first of a long ID", new(raw).type3(65599), "chunk stream 65599 begins with a type 3 chunk"},
		{"type 0 inside a message", half(half(new(raw), 4, 200), 4, 10), "begins a message inside another"},
		{"type 2 inside a message", half(new(raw), 4, 200).type2(4, 0), "begins a message inside another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(newChunkReader(&tt.chunk.Buffer, tight))
			switch {
			case tt.want == "" && !errors.Is(err, io.EOF):
				t.Errorf("ended with %v", err)
			case tt.want != "" && (!errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("ended with %v, want %q", err, tt.want)
			}
		})
	}
}

// TestChunkReaderRefusesBeforeAllocating declares the largest message and holds
// nothing back for it.
func TestChunkReaderRefusesBeforeAllocating(t *testing.T) {
	wire := new(raw).type0(4, 0, 1<<24-1, TypeVideo, 1)
	got := allocated(func() {
		if _, err := newChunkReader(&wire.Buffer, beforePublish()).next(); !errors.Is(err, ErrProtocol) {
			t.Error(err)
		}
	})
	if got > 64<<10 {
		t.Errorf("allocated %d bytes", got)
	}
}

func TestChunkReaderSetChunkSize(t *testing.T) {
	for _, tt := range []struct {
		name string
		size uint32
		want uint32 // 0: refused
	}{
		{"zero", 0, 0},
		{"one byte: only work", 1, 0},
		{"just too small", 127, 0},
		{"the smallest", 128, 128},
		{"common", 65536, 65536},
		{"longer than any message", 1 << 24, 1<<24 - 1},
		{"the largest of the specification", 1<<31 - 1, 1<<24 - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newChunkReader(nil, beforePublish())
			err := r.setChunkSize(tt.size)
			if refused := errors.Is(err, ErrProtocol); refused != (tt.want == 0) {
				t.Fatalf("refused %v: %v", refused, err)
			}
			if tt.want != 0 && r.chunkSize != tt.want {
				t.Errorf("chunk size %d, want %d", r.chunkSize, tt.want)
			}
		})
	}
}

// TestChunkReaderAllocations: a message costs its body and nothing else,
// however many chunks it comes in.
func TestChunkReaderAllocations(t *testing.T) {
	const size = 16 << 10
	for name, time := range map[string]uint32{"short timestamps": 40, "extended timestamps": 1 << 25} {
		t.Run(name, func(t *testing.T) {
			one := laid(newChunkWriter(), Message{TypeVideo, 1, time, pattern(size, 1)})
			r := newChunkReader(&endless{once: one}, afterPublish())
			if _, err := r.next(); err != nil { // the chunk stream itself
				t.Fatal(err)
			}
			allocs := testing.AllocsPerRun(100, func() {
				m, err := r.next()
				if err != nil || len(m.Body) != size {
					t.Fatal(len(m.Body), err)
				}
			})
			if allocs != 1 {
				t.Errorf("%v allocations a message, want 1", allocs)
			}
			total := allocated(func() {
				for range 100 {
					_, _ = r.next()
				}
			})
			if got := total / 100; got > size+512 {
				t.Errorf("%d bytes a message, want its %d", got, size)
			}
		})
	}
}

// endless says the same for ever.
type endless struct {
	once []byte
	left []byte
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.left) == 0 {
		e.left = e.once
	}
	n := copy(b, e.left)
	e.left = e.left[n:]
	return n, nil
}

// TestMidway: an end of file inside a chunk is not a clean one.
func TestMidway(t *testing.T) {
	other := errors.New("other")
	for in, want := range map[error]error{io.EOF: io.ErrUnexpectedEOF, other: other, nil: nil} {
		if got := midway(in); got != want {
			t.Errorf("midway(%v) = %v", in, got)
		}
	}
	if _, err := newChunkReader(bytes.NewReader(nil), afterPublish()).next(); err != io.EOF {
		t.Errorf("nothing at all: %v", err)
	}
}
