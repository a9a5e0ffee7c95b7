package rtmp

import (
	"bytes"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/yutopp/go-rtmp/message"
)

func TestChunkWriterGolden(t *testing.T) {
	body := pattern(307, 1)
	for _, tt := range []struct {
		name  string
		batch []Message
		want  *raw
	}{
		{
			name:  "one chunk",
			batch: []Message{{TypeAudio, 1, 1000, body[:32]}},
			want:  new(raw).bytes(0x04, 0x00, 0x03, 0xE8, 0x00, 0x00, 0x20, 0x08, 0x01, 0x00, 0x00, 0x00).bytes(body[:32]...),
		}, {
			// Section 5.3.2.2: 307 bytes of video at chunk size 128 are chunks of 140, 129 and 52 bytes.
			name:  "section 5.3.2.2",
			batch: []Message{{TypeVideo, 12346, 1000, body}},
			want: new(raw).bytes(0x06, 0x00, 0x03, 0xE8, 0x00, 0x01, 0x33, 0x09, 0x3A, 0x30, 0x00, 0x00).bytes(body[:128]...).
				bytes(0xC6).bytes(body[128:256]...).bytes(0xC6).bytes(body[256:]...),
		}, {
			name:  "extended timestamp on every type 3, section 5.3.1.3",
			batch: []Message{{TypeVideo, 1, 0x01020304, body}},
			want: new(raw).bytes(0x06, 0xFF, 0xFF, 0xFF, 0x00, 0x01, 0x33, 0x09, 0x01, 0x00, 0x00, 0x00, 1, 2, 3, 4).bytes(body[:128]...).
				bytes(0xC6, 1, 2, 3, 4).bytes(body[128:256]...).bytes(0xC6, 1, 2, 3, 4).bytes(body[256:]...),
		}, {
			name:  "the last time in three bytes, and the first in four",
			batch: []Message{{TypeAudio, 1, 0xFFFFFE, nil}, {TypeAudio, 1, 0xFFFFFF, nil}},
			want: new(raw).bytes(0x04, 0xFF, 0xFF, 0xFE, 0, 0, 0, 8, 1, 0, 0, 0).
				bytes(0x04, 0xFF, 0xFF, 0xFF, 0, 0, 0, 8, 1, 0, 0, 0, 0x00, 0xFF, 0xFF, 0xFF),
		}, {
			name: "a chunk size inside a batch holds from the next message on",
			batch: []Message{
				{TypeAudio, 1, 0, body[:129]},
				control(&message.SetChunkSize{ChunkSize: 200}),
				{TypeData, 1, 0, body[:201]},
			},
			want: new(raw).bytes(0x04, 0, 0, 0, 0, 0, 129, 8, 1, 0, 0, 0).bytes(body[:128]...).bytes(0xC4).bytes(body[128]).
				bytes(0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0).bytes(0, 0, 0, 200).
				bytes(0x05, 0, 0, 0, 0, 0, 201, 18, 1, 0, 0, 0).bytes(body[:200]...).bytes(0xC5).bytes(body[200]),
		},
		{"nothing", nil, new(raw)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := laid(newChunkWriter(), tt.batch...); !bytes.Equal(got, tt.want.Bytes()) {
				t.Errorf("\n got %x\nwant %x", got, tt.want.Bytes())
			}
		})
	}
}

// TestChunkWriterSharesBodies: a large body is in the batch itself, not a copy;
// small ones gather with the headers around them.
func TestChunkWriterSharesBodies(t *testing.T) {
	w := newChunkWriter()
	w.chunkSize = outChunkSize
	small, large, huge := pattern(inlineBody, 1), pattern(inlineBody+1, 2), pattern(outChunkSize+5000, 3)
	bufs := w.lay([]Message{
		{TypeAudio, 1, 1, small}, {TypeAudio, 1, 2, small}, {TypeVideo, 1, 3, large},
		{TypeVideo, 1, 4, huge}, {TypeAudio, 1, 5, small},
	})
	if len(bufs) != 7 {
		t.Fatalf("%d parts, want head, large, head, huge, head, rest of huge, head", len(bufs))
	}
	for i, want := range map[int]*byte{1: &large[0], 3: &huge[0], 5: &huge[outChunkSize]} {
		if &bufs[i][0] != want {
			t.Errorf("part %d is a copy", i)
		}
	}
	if want := 2*(12+inlineBody) + 12; len(bufs[0]) != want {
		t.Errorf("first part is %d bytes, want two small messages and a header: %d", len(bufs[0]), want)
	}
}

// TestChunkWriterAllocations: a batch costs nothing once the writer has grown.
func TestChunkWriterAllocations(t *testing.T) {
	w := newChunkWriter()
	batch := batchOf(8)
	if allocs := testing.AllocsPerRun(100, func() { w.lay(batch) }); allocs != 0 {
		t.Errorf("%v allocations a batch, want none", allocs)
	}
}

// TestChunkWriterOddChunkSizes: what a caller sets by mistake cannot make it loop.
func TestChunkWriterOddChunkSizes(t *testing.T) {
	for _, size := range [][]byte{{0, 0, 0, 0}, {0x80, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF}, {1}, nil} {
		w := newChunkWriter()
		if got := laid(w, Message{Type: TypeSetChunkSize, Body: size}, Message{TypeAudio, 1, 0, []byte{1, 2, 3}}); len(got) > 24+len(size)+3+2 {
			t.Errorf("size %x: %d bytes", size, len(got))
		}
	}
}

// TestChunkRoundTrip sends random messages with random chunk sizes through a
// writer and a reader.
func TestChunkRoundTrip(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var want []Message
		var wire bytes.Buffer
		w := newChunkWriter()
		for range 1 + rnd.IntN(6) {
			batch := randomBatch(rnd)
			want = append(want, batch...)
			wire.Write(laid(w, batch...))
		}
		r := newChunkReader(&wire, afterPublish())
		var got []Message
		for {
			m, err := r.next()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if m.Type == TypeSetChunkSize {
				if err := r.setChunkSize(uint32(m.Body[0])<<24 | uint32(m.Body[1])<<16 | uint32(m.Body[2])<<8 | uint32(m.Body[3])); err != nil {
					t.Fatal(err)
				}
			}
			got = append(got, m)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %d messages came out unlike the %d that went in", seed, len(got), len(want))
		}
	}
}

func randomBatch(rnd *rand.Rand) []Message {
	times := []uint32{0, 40, 0xFFFFFE, 0xFFFFFF, 0x1000000, 1 << 31, 1<<32 - 1, rnd.Uint32()}
	var batch []Message
	for range rnd.IntN(12) {
		if rnd.IntN(8) == 0 {
			batch = append(batch, control(&message.SetChunkSize{ChunkSize: 128 + uint32(rnd.IntN(100_000))}))
			continue
		}
		typ := []uint8{TypeAudio, TypeVideo, TypeData, TypeCommand}[rnd.IntN(4)]
		size := []int{0, 1, rnd.IntN(300), 1024, 1025, rnd.IntN(200_000)}[rnd.IntN(6)]
		batch = append(batch, Message{typ, rnd.Uint32(), times[rnd.IntN(len(times))], pattern(size, byte(size))})
	}
	return batch
}

// batchOf is what a destination writes at once: mostly video, some audio.
func batchOf(n int) []Message {
	batch := make([]Message, n)
	for i := range batch {
		batch[i] = Message{TypeVideo, 1, uint32(40 * i), pattern(16<<10, byte(i))}
		if i%3 == 2 {
			batch[i] = Message{TypeAudio, 1, uint32(40 * i), pattern(350, byte(i))}
		}
	}
	return batch
}
