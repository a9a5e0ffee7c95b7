package rtmp

import (
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"testing"
)

// TestChunkReaderExtendedTimestamps reads what senders make of section 5.3.1.3:
// some repeat the extended timestamp on type 3 chunks as it asks, some leave it
// out, some repeat the absolute time of the message.
func TestChunkReaderExtendedTimestamps(t *testing.T) {
	const at = 1<<24 + 5
	body := pattern(200, 3)
	head, tail := body[:128], body[128:]
	stamp := binary.BigEndian.AppendUint32(nil, at)
	stamped := append(bytes.Clone(head), append(bytes.Clone(stamp), tail[4:]...)...)
	video := func(time uint32, body []byte) Message { return Message{TypeVideo, 1, time, body} }
	for _, tt := range []struct {
		name  string
		chunk *raw
		want  []Message
	}{
		{
			name:  "type 0, repeated",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(at).bytes(head...).type3(6).u32(at).bytes(tail...),
			want:  []Message{video(at, body)},
		}, {
			name:  "type 0, left out",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(at).bytes(head...).type3(6).bytes(tail...),
			want:  []Message{video(at, body)},
		}, {
			name:  "repeated, and the payload goes on with the same bytes",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(at).bytes(stamped[:128]...).type3(6).u32(at).bytes(stamped[128:]...),
			want:  []Message{video(at, stamped)},
		}, {
			name:  "the first time that needs it",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(0xFFFFFF).bytes(head...).type3(6).u32(0xFFFFFF).bytes(tail...),
			want:  []Message{video(0xFFFFFF, body)},
		}, {
			name:  "the last time that does not",
			chunk: new(raw).type0(6, 0xFFFFFE, 200, TypeVideo, 1).bytes(head...).type3(6).bytes(tail...),
			want:  []Message{video(0xFFFFFE, body)},
		}, {
			name:  "used without need",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(7).bytes(head...).type3(6).u32(7).bytes(tail...),
			want:  []Message{video(7, body)},
		}, {
			name: "type 1 with an extended delta, repeated",
			chunk: new(raw).type0(6, 3, 1, TypeVideo, 1).bytes(1).
				type1(6, 0xFFFFFF, 200, TypeVideo).u32(at).bytes(head...).type3(6).u32(at).bytes(tail...),
			want: []Message{video(3, []byte{1}), video(3+at, body)},
		}, {
			name: "type 1 with an extended delta, the time repeated in its place",
			chunk: new(raw).type0(6, 3, 1, TypeVideo, 1).bytes(1).
				type1(6, 0xFFFFFF, 200, TypeVideo).u32(at).bytes(head...).type3(6).u32(3 + at).bytes(tail...),
			want: []Message{video(3, []byte{1}), video(3+at, body)},
		}, {
			name: "type 1 with an extended delta, left out",
			chunk: new(raw).type0(6, 3, 1, TypeVideo, 1).bytes(1).
				type1(6, 0xFFFFFF, 200, TypeVideo).u32(at).bytes(head...).type3(6).bytes(tail...),
			want: []Message{video(3, []byte{1}), video(3+at, body)},
		}, {
			name: "type 2 with an extended delta, then a type 3 message that repeats it",
			chunk: new(raw).type0(6, 3, 5, TypeVideo, 1).bytes(body[:5]...).
				type2(6, 0xFFFFFF).u32(at).bytes(body[5:10]...).type3(6).u32(at).bytes(body[10:15]...),
			want: []Message{video(3, body[:5]), video(3+at, body[5:10]), video(3+2*at, body[10:15])},
		}, {
			name: "the same, left out",
			chunk: new(raw).type0(6, 3, 5, TypeVideo, 1).bytes(body[:5]...).
				type2(6, 0xFFFFFF).u32(at).bytes(body[5:10]...).type3(6).bytes(body[10:15]...),
			want: []Message{video(3, body[:5]), video(3+at, body[5:10]), video(3+2*at, body[10:15])},
		}, {
			name: "a small delta after it ends it",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(at).bytes(head...).type3(6).u32(at).bytes(tail...).
				type1(6, 40, 200, TypeVideo).bytes(head...).type3(6).bytes(tail...),
			want: []Message{video(at, body), video(at+40, body)},
		}, {
			name: "another chunk stream does not inherit it",
			chunk: new(raw).type0(6, 0xFFFFFF, 200, TypeVideo, 1).u32(at).bytes(head...).
				type0(7, 9, 200, TypeVideo, 1).bytes(head...).type3(7).bytes(tail...).type3(6).u32(at).bytes(tail...),
			want: []Message{video(9, body), video(at, body)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll(newChunkReader(&tt.chunk.Buffer, afterPublish()))
			if err != io.EOF || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %v %v\nwant %v", got, err, tt.want)
			}
		})
	}
}

// TestChunkReaderAmbiguousTimestamp shows the price of reading both kinds of
// sender: one that leaves the timestamp out is misread where its payload has the
// same four bytes at a chunk's beginning. Those who repeat it are never misread.
func TestChunkReaderAmbiguousTimestamp(t *testing.T) {
	const at = 1<<24 + 5
	wire := new(raw).type0(6, 0xFFFFFF, 132, TypeVideo, 1).u32(at).bytes(pattern(128, 1)...).type3(6).u32(at)
	wire.type3(6).bytes(1, 2, 3, 4)
	got, err := readAll(newChunkReader(&wire.Buffer, afterPublish()))
	if len(got) != 1 || bytes.Equal(got[0].Body[128:], binary.BigEndian.AppendUint32(nil, at)) {
		t.Errorf("got %v, %v: the four bytes were taken for payload", got, err)
	}
}
