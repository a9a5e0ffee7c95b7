package rtmp

import (
	"encoding/hex"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The parts of AMF0 values, by marker.
func amfString(s string) string { return "\x02" + amfKey(s) }
func amfKey(s string) string    { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
func amfNumber(hex8 string) string {
	b, err := hex.DecodeString(hex8)
	if err != nil {
		panic(err)
	}
	return "\x00" + string(b)
}

const (
	amfEnd  = "\x00\x00\x09"
	amfNull = "\x05"
)

var one = amfNumber("3ff0000000000000")

func TestDecodeAMF(t *testing.T) {
	type object = map[string]any
	for _, tt := range []struct {
		name string
		in   string
		want []any
	}{
		{"nothing", "", nil},
		{"number", one, []any{1.0}},
		{"booleans", "\x01\x00\x01\x01\x01\x02", []any{false, true, true}},
		{"strings", amfString("") + amfString("käse"), []any{"", "käse"}},
		{"null, undefined, unsupported", amfNull + "\x06" + "\x0d", []any{nil, nil, nil}},
		{"long string", "\x0c\x00\x00\x00\x03abc", []any{"abc"}},
		{"long string of the largest size", "\x0c\x00\x00\xff\xfb" + strings.Repeat("x", 65531), []any{strings.Repeat("x", 65531)}},
		{"XML document", "\x0f\x00\x00\x00\x04<a/>", []any{"<a/>"}},
		{"date", "\x0b\x40\x8f\x40\x00\x00\x00\x00\x00\x00\x00", []any{time.Unix(1, 0).UTC()}},
		{"reference", "\x07\x00\x01" + one, []any{nil, 1.0}},
		{"invalid UTF-8", amfString("a\xff\xfeb"), []any{"a?b"}},
		{"invalid UTF-8 in a key", "\x03" + amfKey("\xff") + one + amfEnd, []any{object{"?": 1.0}}},
		{"empty object", "\x03" + amfEnd, []any{object{}}},
		{"object", "\x03" + amfKey("a") + one + amfKey("b") + amfNull + amfEnd, []any{object{"a": 1.0, "b": nil}}},
		{"typed object", "\x10" + amfKey("Class") + amfKey("a") + one + amfEnd, []any{object{"a": 1.0}}},
		{"ECMA array", "\x08\x00\x00\x00\x01" + amfKey("a") + one + amfEnd, []any{object{"a": 1.0}}},
		{"ECMA array with a wrong count", "\x08\xff\xff\xff\xff" + amfKey("a") + one + amfEnd, []any{object{"a": 1.0}}},
		{
			"objects after other values in an ECMA array", "\x08\x00\x00\x00\x03" + amfKey("a") + one +
				amfKey("b") + "\x03" + amfKey("x") + one + amfEnd + amfKey("c") + "\x03" + amfEnd + amfEnd,
			[]any{object{"a": 1.0, "b": object{"x": 1.0}, "c": object{}}},
		},
		{"strict array", "\x0a\x00\x00\x00\x03" + one + amfString("a") + "\x0a\x00\x00\x00\x00", []any{[]any{1.0, "a", []any{}}}},
		{"arrays 32 deep", strings.Repeat("\x0a\x00\x00\x00\x01", 31) + "\x0a\x00\x00\x00\x00", []any{nested(31)}},
		{"as many values as may be", strings.Repeat(amfNull, amfMaxNodes), make([]any, amfMaxNodes)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeAMF([]byte(tt.in))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %#v %v\nwant %#v", got, err, tt.want)
			}
		})
	}
}

// nested returns n arrays around an empty one.
func nested(n int) any {
	v := any([]any{})
	for range n {
		v = []any{v}
	}
	return v
}

func TestDecodeAMFRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"number cut short", "\x00\x3f\xf0", "ends within a value"},
		{"boolean cut short", "\x01", "ends within a value"},
		{"string length cut short", "\x02\x00", "ends within a value"},
		{"string longer than the input", "\x02\x00\x05abc", "string of 5 bytes, 3 are there"},
		{"key longer than the input", "\x03\x00\x05abc", "string of 5 bytes"},
		{"object without an end", "\x03" + amfKey("a") + one, "ends within a value"},
		{"object without a value", "\x03" + amfKey("a"), "ends within a value"},
		{"empty key", "\x03\x00\x00" + one + amfEnd, "empty key"},
		{"array shorter than its count", "\x0a\x00\x00\x00\x03" + one, "ends within a value"},
		{"array count over the input", "\x0a\x00\x00\x00\x0a" + one, "array of 10 values in 9 bytes"},
		{"object end alone", "\x09", "marker 0x09"},
		{"movie clip", "\x04", "marker 0x04"},
		{"record set", "\x0e", "marker 0x0e"},
		{"AMF3 inside", "\x11\x01", "marker 0x11"},
		{"unknown marker", "\x77", "marker 0x77"},
		{"one value too many", strings.Repeat(amfNull, amfMaxNodes+1), "more than 4096 values"},
		{"values in objects count", strings.Repeat("\x03"+amfKey("a")+amfNull+amfEnd, amfMaxNodes/2+1), "more than 4096 values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeAMF([]byte(tt.in))
			if !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v %v, want %q", got, err, tt.want)
			}
		})
	}
}

// captured returns what ffmpeg 5.1 sent after its handshake (H.264 with B-frames
// and AAC, two seconds):
//
//	ffmpeg -f lavfi -i testsrc=size=64x48:rate=15 -f lavfi -i sine=sample_rate=16000 -t 2 \
//	  -c:v libx264 -b:v 20k -g 15 -bf 2 -c:a aac -b:a 8k -f flv rtmp://HOST/live/key
func captured(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/ffmpeg-session.bin")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestDecodeRealCommands(t *testing.T) {
	c := NewConn(&memory{in: strings.NewReader(string(captured(t)))}, Limits{})
	var names []string
	for len(names) < 6 {
		m, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		v, err := decodeAMF(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, v[0].(string))
		switch v[0] {
		case "connect":
			want := map[string]any{"app": "live", "type": "nonprivate", "flashVer": "FMLE/3.0 (compatible; Lavf59.27.100)"}
			got := v[2].(map[string]any)
			delete(got, "tcUrl")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("connect: %v", got)
			}
		case "@setDataFrame":
			got := v[2].(map[string]any)
			if v[1] != "onMetaData" || got["width"] != 64.0 || got["stereo"] != false || got["encoder"] != "Lavf59.27.100" {
				t.Errorf("metadata: %v", v)
			}
		}
	}
	if got := strings.Join(names, " "); got != "connect releaseStream FCPublish createStream publish @setDataFrame" {
		t.Errorf("ffmpeg said %s", got)
	}
}

// TestDecodeOBSConnect reads connect as OBS 30 sends it, enhanced codecs and all.
func TestDecodeOBSConnect(t *testing.T) {
	body := amfString("connect") + one + "\x03" +
		amfKey("app") + amfString("live") + amfKey("type") + amfString("nonprivate") +
		amfKey("flashVer") + amfString("FMLE/3.0 (compatible; FMSc/1.0)") +
		amfKey("swfUrl") + amfString("rtmp://host/live") + amfKey("tcUrl") + amfString("rtmp://host/live") +
		amfKey("fourCcList") + "\x0a\x00\x00\x00\x02" + amfString("av01") + amfString("hvc1") + amfEnd
	c, err := ParseCommand([]byte(body))
	if err != nil || c.Name != "connect" || c.Txn != 1 {
		t.Fatal(c, err)
	}
	if got := fourCCs(c.Object(0)["fourCcList"]); !reflect.DeepEqual(got, []string{"av01", "hvc1"}) {
		t.Errorf("codecs %v", got)
	}
}
