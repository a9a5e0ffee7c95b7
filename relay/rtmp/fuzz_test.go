package rtmp

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yutopp/go-amf0"
)

// FuzzChunkReader: whatever comes, what is buffered stays within the limits, and
// what is read out can be written and read again.
func FuzzChunkReader(f *testing.F) {
	for _, wire := range sessions(f) {
		f.Add(wire[:min(len(wire), 3000)])
	}
	f.Add(new(raw).type0(65599, 0xFFFFFF, 300, TypeVideo, 1).u32(1 << 30).bytes(pattern(128, 1)...).type3(65599).u32(1 << 30).Bytes())
	f.Add(new(raw).type1(2, 0xFFFFFF, 0, TypeAudio).u32(1<<32-1).type3(2).type2(2, 5).Bytes())
	f.Add([]byte{0xFF})
	limits := Limits{MaxMessage: 1 << 12, MaxBuffered: 1 << 13, MaxChunkStreams: 4, MinChunkSize: 128}
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := newChunkReader(bytes.NewReader(wire), limits)
		for {
			m, err := r.next()
			if r.buffered > limits.MaxBuffered || r.buffered < 0 || r.streams > limits.MaxChunkStreams {
				t.Fatalf("%d bytes buffered on %d chunk streams", r.buffered, r.streams)
			}
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrProtocol) {
					t.Fatal(err)
				}
				return
			}
			if len(m.Body) > limits.MaxMessage {
				t.Fatalf("a message of %d bytes", len(m.Body))
			}
			again, err := newChunkReader(bytes.NewReader(laid(newChunkWriter(), m)), limits).next()
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Fatalf("read %v, and after writing it %v %v", m, again, err)
			}
			if m.Type == TypeSetChunkSize && len(m.Body) == 4 {
				_ = r.setChunkSize(uint32(m.Body[0])<<24 | uint32(m.Body[1])<<16 | uint32(m.Body[2])<<8 | uint32(m.Body[3]))
			}
		}
	})
}

// FuzzClean: what clean lets through is bounded, is not longer than it was, is
// clean, and decodes.
func FuzzClean(f *testing.F) {
	c := NewConn(&memory{in: bytes.NewReader(captured(f))}, Limits{})
	for {
		m, err := c.ReadMessage()
		if err != nil {
			break
		}
		if m.Type == TypeCommand || m.Type == TypeData {
			f.Add(m.Body)
		}
	}
	f.Add([]byte("\x08\x00\x00\x00\x01" + amfKey("a") + "\x03" + amfEnd + amfEnd + "\x0b12345678tz" + "\x0c\x00\x00\x00\x01x"))
	f.Add([]byte("\x0a\x00\x00\x00\x02\x06\x0d\x07\x00\x01\x10" + amfKey("\xff") + amfEnd))
	f.Add([]byte("\x0a\xff\xff\xff\xff"))
	f.Add([]byte(strings.Repeat("\x0a\x00\x00\x00\x01", 33)))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := clean(in)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatal(err)
			}
			return
		}
		if len(out) > len(in) {
			t.Fatalf("%d bytes became %d", len(in), len(out))
		}
		if again, err := clean(out); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("is not clean: %x became %x, %v", out, again, err)
		}
		values, err := decodeAMF(in)
		if err != nil {
			t.Fatalf("is clean, but does not decode: %v", err)
		}
		if _, err := ParseCommand(in); err != nil && !errors.Is(err, ErrProtocol) {
			t.Fatal(err)
		}
		// The library decodes value by value what it was given as a row.
		r, n := bytes.NewReader(out), 0
		for dec := amf0.NewDecoder(r); r.Len() > 0; n++ {
			var v any
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
		}
		if n != len(values) {
			t.Fatalf("%d values, then %d", len(values), n)
		}
	})
}

// FuzzSession: a peer that has done the handshake says anything at all.
func FuzzSession(f *testing.F) {
	for _, wire := range sessions(f) {
		f.Add(wire[:min(len(wire), 2000)])
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		d := newDoor(t)
		if got := d.serve(wire); got != nil && got.closed != 1 {
			t.Fatalf("closed %d times", got.closed)
		}
		if d.panics > 0 {
			t.Fatal("panic")
		}
	})
}

// FuzzParseServer: a server URL that is taken names a host, a port and an app,
// and is told to the server without a user's password.
func FuzzParseServer(f *testing.F) {
	for _, s := range []string{
		"rtmp://localhost/live", "rtmps://b.rtmps.youtube.com:443/live2?backup=1", "rtmp://[::1]:1935/a/b", "rtmp://u:p@h/a",
		"rtmp://h:99999/a", "rtmp://h/%zz", "rtmp://h/a#b", "rtmp://h\x00/a", "rtmp:a", "://", "rtmp://[fe80::1%25eth0]/a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := parseServer(in)
		if err != nil {
			return
		}
		if a.host == "" || a.port == "" || a.app == "" || strings.ContainsAny(a.tcURL, "\r\n\x00") {
			t.Fatalf("%q was taken: %+v", in, a)
		}
		if strings.ContainsAny(a.host, "%\"<> ") || strings.ContainsFunc(a.host, func(r rune) bool { return r > 0x7E }) {
			return // a zone, or a host that no resolver knows: net/url writes them in another way than it reads them
		}
		if again, err := parseServer(a.tcURL); err != nil || again != a {
			t.Fatalf("%q became %+v, and that %+v, %v", in, a, again, err)
		}
	})
}

// FuzzRedact: no spelling of the key is left, whatever stands around it.
func FuzzRedact(f *testing.F) {
	f.Add("stream ", " is live", "abcd-1234?x=1")
	f.Add("%", "*", "a%2fb c&d")
	f.Fuzz(func(t *testing.T, before, after, key string) {
		if !utf8.ValidString(before+after) || !utf8.ValidString(key) || len(key) < 4 || len(key) > 100 || strings.Contains("***", key) || strings.ContainsAny(key, "*?") {
			return
		}
		for _, form := range []string{key, percent(key)} {
			if got := redact(before+form+after, key); strings.Contains(strings.ReplaceAll(got, "***", "\x00"), form) {
				t.Fatalf("%q is left of %q: %q", form, key, got)
			}
		}
	})
}
