package inject

import (
	"encoding/binary"
	"math"
)

// AMF0 markers (AMF0 section 2.1).
const (
	amfNumber    = 0x00
	amfString    = 0x02
	amfObject    = 0x03
	amfObjectEnd = 0x09
)

// makeMessages makes the AMF0 messages of cues.
func makeMessages(texts []text) body {
	b := body{told: len(texts)}
	for _, t := range texts {
		b.messages = append(b.messages, cuePoint(t), textData(t))
	}
	return b
}

// cuePoint is an onCuePoint, as Flash Media Server and its like know it.
func cuePoint(t text) []byte {
	b := make(amf, 0, len(t.json)+len(t.Name)+len(t.ID)+160)
	return b.string("onCuePoint").begin().
		key("name").string(t.Name).
		key("time").number(t.At.Seconds()).
		key("type").string("event").
		key("parameters").begin().
		key("id").string(t.ID).
		key("revision").number(float64(t.Revision)).
		key("data").string(string(t.json)).
		end().end()
}

// textData is an onTextData.
func textData(t text) []byte {
	b := make(amf, 0, len(t.json)+32)
	return b.string("onTextData").begin().key("text").string(string(t.json)).end()
}

// amf is AMF0 that grows. Strings have up to 65535 bytes, which is for the caller
// to see to.
type amf []byte

func (b amf) key(s string) amf {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func (b amf) string(s string) amf { return append(b, amfString).key(s) }

func (b amf) number(v float64) amf {
	return binary.BigEndian.AppendUint64(append(b, amfNumber), math.Float64bits(v))
}

func (b amf) begin() amf { return append(b, amfObject) }

func (b amf) end() amf { return append(b, 0, 0, amfObjectEnd) }
