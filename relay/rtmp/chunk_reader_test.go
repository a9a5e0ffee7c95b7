package rtmp

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"
	"testing/iotest"
)

func TestChunkReaderHeaders(t *testing.T) {
	body := pattern(32, 1)
	long := pattern(300, 2)
	for _, tt := range []struct {
		name  string
		chunk *raw
		want  []Message
	}{
		{
			// The specification's own example (section 5.3.2.1): types 0, 2, 3, 3.
			name: "audio of section 5.3.2.1",
			chunk: new(raw).type0(3, 1000, 32, TypeAudio, 12345).bytes(body...).
				type2(3, 20).bytes(body...).type3(3).bytes(body...).type3(3).bytes(body...),
			want: []Message{
				{TypeAudio, 12345, 1000, body}, {TypeAudio, 12345, 1020, body},
				{TypeAudio, 12345, 1040, body}, {TypeAudio, 12345, 1060, body},
			},
		}, {
			name: "a message in chunks, section 5.3.2.2",
			chunk: new(raw).type0(4, 1000, 300, TypeVideo, 12346).bytes(long[:128]...).
				type3(4).bytes(long[128:256]...).type3(4).bytes(long[256:]...),
			want: []Message{{TypeVideo, 12346, 1000, long}},
		}, {
			name: "type 1 keeps the message stream",
			chunk: new(raw).type0(5, 10, 32, TypeData, 7).bytes(body...).
				type1(5, 5, 2, TypeAudio).bytes(8, 9),
			want: []Message{{TypeData, 7, 10, body}, {TypeAudio, 7, 15, []byte{8, 9}}},
		}, {
			name:  "type 1 first, as librtmp does",
			chunk: new(raw).type1(2, 40, 4, TypeWindowAckSize).u32(9),
			want:  []Message{{TypeWindowAckSize, 0, 40, []byte{0, 0, 0, 9}}},
		}, {
			name: "type 3 after type 0 takes the time for the delta, section 5.3.1.2.4",
			chunk: new(raw).type0(5, 100, 1, TypeAudio, 1).bytes(1).
				type3(5).bytes(2).type2(5, 3).bytes(3).type3(5).bytes(4),
			want: []Message{
				{TypeAudio, 1, 100, []byte{1}}, {TypeAudio, 1, 200, []byte{2}},
				{TypeAudio, 1, 203, []byte{3}}, {TypeAudio, 1, 206, []byte{4}},
			},
		}, {
			name: "the smallest and largest chunk stream of each basic header",
			chunk: new(raw).
				type0(2, 1, 1, TypeAudio, 1).bytes(1).type0(63, 2, 1, TypeAudio, 1).bytes(2).
				type0(64, 3, 1, TypeAudio, 1).bytes(3).type0(319, 4, 1, TypeAudio, 1).bytes(4).
				type0(320, 5, 1, TypeAudio, 1).bytes(5).type0(65599, 6, 1, TypeAudio, 1).bytes(6).
				type2(319, 10).bytes(7).type2(65599, 10).bytes(8),
			want: []Message{
				{TypeAudio, 1, 1, []byte{1}}, {TypeAudio, 1, 2, []byte{2}}, {TypeAudio, 1, 3, []byte{3}}, {TypeAudio, 1, 4, []byte{4}},
				{TypeAudio, 1, 5, []byte{5}}, {TypeAudio, 1, 6, []byte{6}}, {TypeAudio, 1, 14, []byte{7}}, {TypeAudio, 1, 16, []byte{8}},
			},
		}, {
			name:  "the longer forms of a short chunk stream ID are the same stream",
			chunk: new(raw).type0(64, 1, 1, TypeAudio, 1).bytes(1).bytes(1|2<<6, 0, 0).u24(5).bytes(2),
			want:  []Message{{TypeAudio, 1, 1, []byte{1}}, {TypeAudio, 1, 6, []byte{2}}},
		}, {
			name: "messages of no bytes",
			chunk: new(raw).type0(4, 5, 0, TypeAudio, 1).type2(4, 5).type3(4).
				type1(4, 1, 1, TypeVideo).bytes(1),
			want: []Message{
				{TypeAudio, 1, 5, []byte{}}, {TypeAudio, 1, 10, []byte{}},
				{TypeAudio, 1, 15, []byte{}}, {TypeVideo, 1, 16, []byte{1}},
			},
		}, {
			name:  "exactly one chunk",
			chunk: new(raw).type0(4, 0, 128, TypeVideo, 1).bytes(long[:128]...).type3(4).bytes(long[:128]...),
			want:  []Message{{TypeVideo, 1, 0, long[:128]}, {TypeVideo, 1, 0, long[:128]}},
		}, {
			name: "time passes 2^32",
			chunk: new(raw).type0(4, 0xFFFFFF, 1, TypeVideo, 1).u32(0xFFFFFFF0).bytes(1).
				type2(4, 0x20).bytes(2),
			want: []Message{{TypeVideo, 1, 0xFFFFFFF0, []byte{1}}, {TypeVideo, 1, 0x10, []byte{2}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole": bytes.NewReader(tt.chunk.Bytes()),
				"bytes": iotest.OneByteReader(bytes.NewReader(tt.chunk.Bytes())),
			} {
				got, err := readAll(newChunkReader(r, afterPublish()))
				if err != io.EOF {
					t.Errorf("%s: ended with %v", name, err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%s:\n got %v\nwant %v", name, got, tt.want)
				}
			}
		})
	}
}

// TestChunkReaderInterleaving puts the chunks of three messages in every order
// that keeps each message's own.
func TestChunkReaderInterleaving(t *testing.T) {
	want := map[uint8][]byte{TypeAudio: pattern(257, 1), TypeVideo: pattern(384, 2), TypeData: pattern(129, 3)}
	chunks := map[uint8][][]byte{}
	for typ, body := range want {
		csid := uint32(typ) + 50 // one-, and with 68 also two-byte headers
		first := new(raw).type0(csid, int(typ), len(body), typ, 1).bytes(body[:128]...).Bytes()
		chunks[typ] = append(chunks[typ], first)
		for rest := body[128:]; len(rest) > 0; rest = rest[min(128, len(rest)):] {
			chunks[typ] = append(chunks[typ], new(raw).type3(csid).bytes(rest[:min(128, len(rest))]...).Bytes())
		}
	}
	orders := 0
	var walk func(wire []byte, at map[uint8]int)
	walk = func(wire []byte, at map[uint8]int) {
		left := false
		for _, typ := range []uint8{TypeAudio, TypeVideo, TypeData} {
			if at[typ] < len(chunks[typ]) {
				left = true
				at[typ]++
				walk(append(wire[:len(wire):len(wire)], chunks[typ][at[typ]-1]...), at)
				at[typ]--
			}
		}
		if left {
			return
		}
		orders++
		r := newChunkReader(bytes.NewReader(wire), afterPublish())
		got, err := readAll(r)
		if err != io.EOF || len(got) != 3 || r.buffered != 0 {
			t.Fatalf("order %d: %d messages, %d bytes left, %v", orders, len(got), r.buffered, err)
		}
		for _, m := range got {
			if !bytes.Equal(m.Body, want[m.Type]) || m.Time != uint32(m.Type) {
				t.Fatalf("order %d: message of type %d differs", orders, m.Type)
			}
		}
	}
	walk(nil, map[uint8]int{})
	if orders != 560 { // 8! / (3! 3! 2!)
		t.Errorf("tried %d orders", orders)
	}
}

func TestChunkReaderAbort(t *testing.T) {
	wire := new(raw).type0(4, 10, 200, TypeVideo, 1).bytes(pattern(128, 1)...)
	second := new(raw).type1(4, 5, 2, TypeVideo).bytes(7, 8)
	r := newChunkReader(io.MultiReader(wire, second), afterPublish())
	if s, err := r.header(); err != nil {
		t.Fatal(err)
	} else if done, err := r.payload(s); done || err != nil {
		t.Fatal(done, err)
	}
	r.abort(9) // never seen
	if r.buffered != 200 {
		t.Errorf("%d bytes buffered, want 200", r.buffered)
	}
	r.abort(4)
	if r.buffered != 0 {
		t.Errorf("%d bytes buffered after the abort", r.buffered)
	}
	r.abort(4) // nothing is there any more
	m, err := r.next()
	if want := (Message{TypeVideo, 1, 15, []byte{7, 8}}); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("after the abort: %v %v, want %v", m, err, want)
	}
}

func TestChunkReaderTruncated(t *testing.T) {
	whole := new(raw).type0(65599, 0xFFFFFF, 130, TypeVideo, 1).u32(1<<24).bytes(pattern(128, 1)...).
		type3(65599).u32(1<<24).bytes(1, 2).Bytes()
	for n := range whole {
		want := io.ErrUnexpectedEOF
		if n == 0 || n == len(whole)-9 {
			want = io.EOF // between chunks; the caller tells it apart no more
		}
		got, err := readAll(newChunkReader(bytes.NewReader(whole[:n]), afterPublish()))
		if len(got) != 0 || !errors.Is(err, want) {
			t.Errorf("%d bytes: %d messages, %v, want %v", n, len(got), err, want)
		}
	}
	if got, err := readAll(newChunkReader(bytes.NewReader(whole), afterPublish())); len(got) != 1 || err != io.EOF {
		t.Errorf("whole: %d messages, %v", len(got), err)
	}
}
