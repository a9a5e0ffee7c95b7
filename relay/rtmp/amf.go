package rtmp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/yutopp/go-amf0"
)

// What AMF0 from a peer may hold. Encoders send a few dozen values, four deep.
const (
	amfMaxDepth = 32
	amfMaxNodes = 4096
	amfMaxBytes = 64 << 10
)

// decodeAMF decodes a row of AMF0 values: float64, bool, string, nil,
// map[string]any, []any and time.Time.
func decodeAMF(b []byte) (values []any, err error) {
	cleaned, err := clean(b)
	if err != nil {
		return nil, err
	}
	defer func() { // the codec works by reflection; nothing it does may end the process
		if r := recover(); r != nil {
			values, err = nil, protocolError("AMF0: %v", r)
		}
	}()
	r := bytes.NewReader(cleaned)
	dec := amf0.NewDecoder(r)
	for r.Len() > 0 {
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, protocolError("AMF0: %v", err)
		}
		values = append(values, v)
	}
	return values, nil
}

// clean checks foreign AMF0 and rewrites it into the part of AMF0 that go-amf0
// decodes faithfully: its decoder trusts counts, recurses without a limit,
// knows no undefined, long string or typed object, and misreads an object
// that follows another value in an ECMA array.
func clean(b []byte) ([]byte, error) {
	if len(b) > amfMaxBytes {
		return nil, protocolError("AMF0 of %d bytes is over the limit of %d", len(b), amfMaxBytes)
	}
	c := amfCleaner{in: b, out: make([]byte, 0, len(b))}
	for len(c.in) > 0 {
		if err := c.value(1); err != nil {
			return nil, err
		}
	}
	return c.out, nil
}

type amfCleaner struct {
	in, out []byte
	nodes   int
}

// value copies one value at the head of in to out. A value that stands in no
// other is at depth 1.
func (c *amfCleaner) value(depth int) error {
	if c.nodes++; c.nodes > amfMaxNodes {
		return protocolError("AMF0 with more than %d values", amfMaxNodes)
	}
	if depth > amfMaxDepth {
		return protocolError("AMF0 nested deeper than %d", amfMaxDepth)
	}
	marker, err := c.take(1)
	if err != nil {
		return err
	}
	switch m := amf0.Marker(marker[0]); m {
	case amf0.MarkerNumber:
		return c.copy(m, 8)
	case amf0.MarkerBoolean:
		return c.copy(m, 1)
	case amf0.MarkerDate:
		return c.copy(m, 10)
	case amf0.MarkerString:
		return c.string(2)
	case amf0.MarkerLongString, amf0.MarkerXMLDocument:
		return c.string(4)
	case amf0.MarkerNull, amf0.MarkerUndefined, amf0.MarkerUnsupported:
		c.out = append(c.out, byte(amf0.MarkerNull))
		return nil
	case amf0.MarkerReference:
		_, err := c.take(2)
		c.out = append(c.out, byte(amf0.MarkerNull))
		return err
	case amf0.MarkerObject:
		return c.object(depth)
	case amf0.MarkerEcmaArray: // its count is a hint; it ends as an object does
		if _, err := c.take(4); err != nil {
			return err
		}
		return c.object(depth)
	case amf0.MarkerTypedObject:
		if _, err := c.lengthAndBytes(2); err != nil {
			return err
		}
		return c.object(depth)
	case amf0.MarkerStrictArray:
		return c.array(depth)
	}
	return protocolError("AMF0 marker 0x%02x", marker[0])
}

func (c *amfCleaner) copy(m amf0.Marker, n int) error {
	b, err := c.take(n)
	c.out = append(append(c.out, byte(m)), b...)
	return err
}

// string copies a string whose length has the given number of bytes.
func (c *amfCleaner) string(lengthBytes int) error {
	b, err := c.lengthAndBytes(lengthBytes)
	if err != nil {
		return err
	}
	c.out = append(c.out, byte(amf0.MarkerString))
	c.text(b)
	return nil
}

// text writes a length and valid UTF-8. amfMaxBytes keeps the input within a
// 16-bit length; replacing bad bytes must not push it beyond.
func (c *amfCleaner) text(b []byte) {
	s := strings.ToValidUTF8(string(b), "?")
	c.out = binary.BigEndian.AppendUint16(c.out, uint16(len(s)))
	c.out = append(c.out, s...)
}

func (c *amfCleaner) object(depth int) error {
	c.out = append(c.out, byte(amf0.MarkerObject))
	for {
		key, err := c.lengthAndBytes(2)
		if err != nil {
			return err
		}
		if len(key) == 0 {
			end, err := c.take(1)
			if err != nil {
				return err
			}
			if amf0.Marker(end[0]) != amf0.MarkerObjectEnd {
				return protocolError("AMF0 object with an empty key")
			}
			c.out = append(c.out, 0, 0, byte(amf0.MarkerObjectEnd))
			return nil
		}
		c.text(key)
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
}

func (c *amfCleaner) array(depth int) error {
	count, err := c.take(4)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(count)
	if uint64(n) > uint64(len(c.in)) { // every value takes a byte at least
		return protocolError("AMF0 array of %d values in %d bytes", n, len(c.in))
	}
	c.out = append(append(c.out, byte(amf0.MarkerStrictArray)), count...)
	for range n {
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func (c *amfCleaner) lengthAndBytes(lengthBytes int) ([]byte, error) {
	l, err := c.take(lengthBytes)
	if err != nil {
		return nil, err
	}
	var n uint64
	for _, b := range l {
		n = n<<8 | uint64(b)
	}
	if n > uint64(len(c.in)) {
		return nil, protocolError("AMF0 string of %d bytes, %d are there", n, len(c.in))
	}
	return c.take(int(n))
}

func (c *amfCleaner) take(n int) ([]byte, error) {
	if n > len(c.in) {
		return nil, protocolError("AMF0 ends within a value")
	}
	b := c.in[:n]
	c.in = c.in[n:]
	return b, nil
}

// encodeAMF encodes values in a row. Structs keep the order of their fields.
func encodeAMF(values ...any) ([]byte, error) {
	var b bytes.Buffer
	enc := amf0.NewEncoder(&b)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return nil, fmt.Errorf("encode AMF0: %w", err)
		}
	}
	return b.Bytes(), nil
}
