package inject_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/hawker-live/hawker/overlay/inject"
)

// userData reads a frame as a decoder does, and finds our messages, and the frame
// without them.
func userData(payload []byte, size int, hevc bool) (texts []string, rest []byte) {
	for len(payload) > 0 {
		n := 0
		for _, b := range payload[:size] {
			n = n<<8 | int(b)
		}
		unit := payload[size : size+n]
		header, is := 1, n > 1 && unit[0]&0x1f == 6
		if hevc {
			header, is = 2, n > 2 && unit[0]>>1&0x3f == 39
		}
		text, ours := "", false
		if is {
			text, ours = unregistered(bytes.ReplaceAll(unit[header:], []byte{0, 0, 3}, []byte{0, 0}))
		}
		if ours {
			texts = append(texts, text)
		} else {
			rest = append(rest, payload[:size+n]...)
		}
		payload = payload[size+n:]
	}
	return texts, rest
}

func unregistered(sei []byte) (text string, ours bool) {
	if sei[0] != 5 {
		return "", false
	}
	n, i := 0, 1
	for ; i < len(sei) && sei[i] == 0xff; i++ {
		n += 255
	}
	if i == len(sei) {
		return "", false
	}
	n += int(sei[i])
	rest := sei[i+1:]
	if len(rest) != n+1 || rest[n] != 0x80 || !bytes.HasPrefix(rest, inject.UUID[:]) {
		return "", false
	}
	return string(rest[16:n]), true
}

// message reads an AMF0 data message and finds the JSON in it.
func message(t testing.TB, body []byte) (how, what string) {
	t.Helper()
	values := decode(t, body)
	if len(values) != 2 {
		t.Fatalf("data message %q has %d values", body, len(values))
	}
	object, _ := values[1].(map[string]any)
	switch values[0] {
	case "onTextData":
		what, _ = object["text"].(string)
		return "text", what
	case "onCuePoint":
		parameters, _ := object["parameters"].(map[string]any)
		what, _ = parameters["data"].(string)
		return "point", what
	}
	t.Fatalf("data message %v", values)
	return "", ""
}

// decode is a small AMF0 decoder.
func decode(t testing.TB, b []byte) (values []any) {
	t.Helper()
	var value func() any
	key := func() string {
		n := int(binary.BigEndian.Uint16(b))
		s := string(b[2 : 2+n])
		b = b[2+n:]
		return s
	}
	value = func() any {
		marker := b[0]
		b = b[1:]
		switch marker {
		case 0:
			v := math.Float64frombits(binary.BigEndian.Uint64(b))
			b = b[8:]
			return v
		case 2:
			return key()
		case 3:
			object := map[string]any{}
			for k := key(); k != ""; k = key() {
				object[k] = value()
			}
			if b[0] != 9 {
				t.Fatalf("object ends with %d", b[0])
			}
			b = b[1:]
			return object
		}
		t.Fatalf("AMF0 marker %d", marker)
		return nil
	}
	for len(b) > 0 {
		values = append(values, value())
	}
	return values
}
