package rtmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/yutopp/go-rtmp/message"
)

// heard returns what conn reads of wire, and what it answered.
func heard(t *testing.T, wire io.Reader, prepare func(*Conn)) (got, answers []Message, err error) {
	t.Helper()
	peer := &memory{in: wire}
	c := NewConn(peer, Limits{})
	if prepare != nil {
		prepare(c)
	}
	for err == nil {
		var m Message
		if m, err = c.ReadMessage(); err == nil {
			got = append(got, m)
		}
	}
	answers, end := readAll(newChunkReader(&peer.out, afterPublish()))
	if end != io.EOF {
		t.Errorf("the answers cannot be read: %v", end)
	}
	return got, answers, err
}

func userControl(event uint16, data ...uint32) Message {
	b := binary.BigEndian.AppendUint16(nil, event)
	for _, d := range data {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return Message{Type: TypeUserControl, Body: b}
}

func TestConnControl(t *testing.T) {
	video := Message{TypeVideo, 1, 5, pattern(300, 1)}
	for _, tt := range []struct {
		name    string
		in      []Message
		answers []Message
	}{
		{"chunk size", []Message{control(&message.SetChunkSize{ChunkSize: 200})}, nil},
		{"chunk size of 2^31-1", []Message{control(&message.SetChunkSize{ChunkSize: 1<<31 - 1})}, nil},
		{"ping", []Message{userControl(6, 77)}, []Message{userControl(7, 77)}},
		{"two pings", []Message{userControl(6, 1), userControl(6, 2)}, []Message{userControl(7, 1), userControl(7, 2)}},
		{"stream begin and its like", []Message{userControl(0, 1), userControl(1, 1), userControl(2, 1), userControl(3, 1, 100), userControl(4, 1), userControl(7, 1)}, nil},
		{"unknown user control", []Message{userControl(31, 1), userControl(32), userControl(0xFFFF, 1, 2, 3)}, nil},
		{"short user control", []Message{userControl(6), {Type: TypeUserControl, Body: []byte{0}}, {Type: TypeUserControl}}, nil},
		{"acknowledgements", []Message{{Type: TypeAck, Body: []byte{0, 2, 0, 1}}, {Type: TypeAck}}, nil},
		{"bandwidth", []Message{control(&message.SetPeerBandwidth{Size: 5}), {Type: TypeSetPeerBandwidth}}, nil},
		{"abort of what is not there", []Message{{Type: TypeAbort, Body: []byte{0, 0, 0, 9}}}, nil},
		{"window of zero", []Message{{Type: TypeWindowAckSize, Body: []byte{0, 0, 0, 0}}}, nil},
		{"window over 2^31", []Message{{Type: TypeWindowAckSize, Body: []byte{0x80, 0, 0, 0}}}, nil},
		{"unknown types", []Message{{Type: 0}, {Type: 7, Body: []byte{1}}, {Type: 16, Body: []byte{1}}, {Type: 19, Body: []byte{1}}, {Type: 255}}, nil},
		{"empty AMF3", []Message{{Type: TypeCommandAMF3}, {Type: TypeDataAMF3}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, answers, err := heard(t, bytes.NewReader(laid(newChunkWriter(), append(tt.in, video)...)), nil)
			if err != io.EOF || !reflect.DeepEqual(got, []Message{video}) {
				t.Errorf("read %v, %v", got, err)
			}
			if !reflect.DeepEqual(answers, tt.answers) {
				t.Errorf("answered %v, want %v", answers, tt.answers)
			}
		})
	}
}

func TestConnRefusesControl(t *testing.T) {
	for name, m := range map[string]Message{
		"chunk size of 0":     {Type: TypeSetChunkSize, Body: []byte{0, 0, 0, 0}},
		"chunk size of 1":     {Type: TypeSetChunkSize, Body: []byte{0, 0, 0, 1}},
		"chunk size of 127":   {Type: TypeSetChunkSize, Body: []byte{0, 0, 0, 127}},
		"chunk size of 2^31":  {Type: TypeSetChunkSize, Body: []byte{0x80, 0, 0, 0}},
		"chunk size cut off":  {Type: TypeSetChunkSize, Body: []byte{0, 1}},
		"abort without an ID": {Type: TypeAbort},
		"window cut off":      {Type: TypeWindowAckSize, Body: []byte{1}},
	} {
		t.Run(name, func(t *testing.T) {
			var wire bytes.Buffer
			wire.Write(new(raw).type0(2, 0, len(m.Body), m.Type, 0).bytes(m.Body...).Bytes())
			if _, _, err := heard(t, &wire, nil); !errors.Is(err, ErrProtocol) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestConnAbort: Abort drops the half message that it names, and no other.
func TestConnAbort(t *testing.T) {
	body := pattern(200, 1)
	wire := new(raw).type0(4, 1, 200, TypeAudio, 1).bytes(body[:128]...).
		type0(6, 2, 200, TypeVideo, 1).bytes(body[:128]...).
		type0(2, 0, 4, TypeAbort, 0).u32(4).
		type3(6).bytes(body[128:]...).
		type0(4, 3, 1, TypeAudio, 1).bytes(9)
	got, _, err := heard(t, wire, nil)
	want := []Message{{TypeVideo, 1, 2, body}, {TypeAudio, 1, 3, []byte{9}}}
	if err != io.EOF || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestConnAMF3(t *testing.T) {
	amf0 := []byte(amfString("publish") + one)
	in := []Message{{TypeCommandAMF3, 1, 2, append([]byte{0}, amf0...)}, {TypeDataAMF3, 1, 3, append([]byte{0}, amf0...)}}
	got, _, _ := heard(t, bytes.NewReader(laid(newChunkWriter(), in...)), nil)
	if want := []Message{{TypeCommand, 1, 2, amf0}, {TypeData, 1, 3, amf0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// tag is one FLV tag of an aggregate message.
func tag(typ uint8, time uint32, body ...byte) *raw {
	return new(raw).bytes(typ).u24(len(body)).u24(int(time & 0xFFFFFF)).bytes(byte(time >> 24)).u24(0).bytes(body...).u32(uint32(11 + len(body)))
}

func TestConnAggregate(t *testing.T) {
	join := func(parts ...*raw) (b []byte) {
		for _, p := range parts {
			b = append(b, p.Bytes()...)
		}
		return b
	}
	for _, tt := range []struct {
		name string
		body []byte
		want []Message
		err  string
	}{
		{"nothing", nil, nil, ""},
		{
			"times move with the first", join(tag(TypeVideo, 5000, 1, 2), tag(TypeAudio, 5020, 3), tag(TypeData, 4990)),
			[]Message{{TypeVideo, 7, 100, []byte{1, 2}}, {TypeAudio, 7, 120, []byte{3}}, {TypeData, 7, 90, []byte{}}}, "",
		},
		{"times past 2^24", join(tag(TypeVideo, 0x01FFFFFF, 1), tag(TypeVideo, 0x02000001, 2)), []Message{{TypeVideo, 7, 100, []byte{1}}, {TypeVideo, 7, 102, []byte{2}}}, ""},
		{"other types inside are left out", join(tag(TypeSetChunkSize, 0, 0, 0, 0, 1), tag(TypeAudio, 9, 3)), []Message{{TypeAudio, 7, 100, []byte{3}}}, ""},
		{"an aggregate inside is left out", join(tag(TypeAggregate, 0, tag(TypeAudio, 1, 1).Bytes()...)), nil, ""},
		{"without the last size", bytes.TrimSuffix(tag(TypeAudio, 0, 3).Bytes(), []byte{0, 0, 0, 12}), []Message{{TypeAudio, 7, 100, []byte{3}}}, ""},
		{"ends within a header", tag(TypeAudio, 0, 3).Bytes()[:10], nil, "within a header"},
		{"ends within a body", tag(TypeAudio, 0, 3, 4, 5).Bytes()[:12], nil, "within a message"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := heard(t, bytes.NewReader(laid(newChunkWriter(), Message{TypeAggregate, 7, 100, tt.body})), nil)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("read %v, want %v", got, tt.want)
			}
			if tt.err == "" && err != io.EOF || tt.err != "" && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestConnAcknowledges is T20's half of it: counts go on past 2^31 and 2^32.
func TestConnAcknowledges(t *testing.T) {
	const total = 64 << 20
	one := laid(newChunkWriter(), Message{TypeVideo, 1, 0, pattern(64<<10, 1)})
	for _, tt := range []struct {
		name   string
		preset uint32
		window uint32
		prep   func(*Conn)
	}{
		{"from zero", 0, windowAckSize, nil},
		{"past 2^31", 1<<31 - 1<<20, windowAckSize, nil},
		{"past 2^32", 1<<32 - 1<<20, windowAckSize, nil},
		{"the peer's window", 1<<32 - 1<<20, 500_000, nil},
		{"muted", 0, 0, (*Conn).MuteAcks},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := laid(newChunkWriter(), Message{Type: TypeWindowAckSize, Body: binary.BigEndian.AppendUint32(nil, max(tt.window, 1))})
			wire := io.MultiReader(bytes.NewReader(set), io.LimitReader(&endless{once: one}, int64(total/len(one)*len(one))))
			_, answers, err := heard(t, wire, func(c *Conn) {
				c.got.n, c.acked = tt.preset, tt.preset
				if tt.prep != nil {
					tt.prep(c)
				}
			})
			if err != io.EOF {
				t.Fatal(err)
			}
			if tt.prep != nil {
				if len(answers) != 0 {
					t.Errorf("%d answers", len(answers))
				}
				return
			}
			checkAcks(t, answers, tt.preset, tt.window, total)
		})
	}
}

// checkAcks wants an acknowledgement soon after each window (what is read ahead
// and the rest of a message may come in between), and each with the bytes so far.
func checkAcks(t *testing.T, answers []Message, last, window uint32, total int) {
	t.Helper()
	const slack = 128 << 10
	if got, want := len(answers), total/int(window); got > want || got < total/int(window+slack) {
		t.Errorf("%d acknowledgements of %d bytes, want about %d", got, window, want)
	}
	for i, m := range answers {
		n := binary.BigEndian.Uint32(m.Body)
		if m.Type != TypeAck || m.StreamID != 0 {
			t.Fatalf("answered %v", m)
		}
		if step := n - last; step < window || step > window+slack {
			t.Errorf("acknowledgement %d (%d) is of %d bytes", i, n, step)
		}
		last = n
	}
}
