package relaytest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// Payload is one audio, video or data message as it was sent or received.
type Payload struct {
	Kind media.Kind
	// Time is the message's timestamp in ms, modulo 2^32.
	Time uint32
	// Hash is the Hash of the body; of data without a leading @setDataFrame,
	// which relays take off and put on.
	Hash uint64
	// Len is the body's length in bytes.
	Len int
	// Keyframe is a video frame at which decoding can start, not its header.
	Keyframe bool
	// Header is a sequence header, or onMetaData.
	Header bool
	// End is a video end of sequence, which encoders send when they stop.
	End bool
	// Name is a data message's first string: @setDataFrame mostly.
	Name string
}

// Sent is what an Encoder sent.
type Sent struct {
	Payload
	// At is just before it was written.
	At time.Time
}

// Received is what a Platform received.
type Received struct {
	Payload
	// Arrived is when its last byte had been read.
	Arrived time.Time
	// Body is the message's body: always for data, for audio and video if
	// PlatformConfig.KeepBodies is set.
	Body []byte
}

func (p Payload) String() string {
	what := p.Kind.String()
	switch {
	case p.Kind == media.Data:
		what = fmt.Sprintf("data %q", p.Name)
	case p.Header:
		what += " header"
	case p.End:
		what += " end"
	case p.Keyframe:
		what = "keyframe"
	}
	return fmt.Sprintf("%s (%d bytes at %d ms, %016x)", what, p.Len, p.Time, p.Hash)
}

// frame tells whether it is audio or video that lasts.
func (p Payload) frame() bool { return p.Kind != media.Data && !p.Header && !p.End }

// Hash tells bodies apart: two CRCs, which processors compute faster than a
// network delivers. It is the same on every machine.
func Hash(body []byte) uint64 {
	return uint64(crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))<<32 | uint64(crc32.ChecksumIEEE(body))
}

// NewPayload describes a message.
func NewPayload(m rtmp.Message) Payload {
	p := Payload{Kind: media.Kind(m.Type), Time: m.Time, Len: len(m.Body)}
	content := m.Body
	switch p.Kind {
	case media.Video:
		if tag, err := media.InspectVideo(m.Body); err == nil {
			p.Header, p.End, p.Keyframe = tag.Header, tag.End, tag.Keyframe && !tag.Header && !tag.End
		}
	case media.Audio:
		if tag, err := media.InspectAudio(m.Body); err == nil {
			p.Header = tag.Header
		}
	case media.Data:
		p.Name = firstString(m.Body)
		if p.Name == "@setDataFrame" {
			content = bytes.TrimPrefix(m.Body, rtmp.SetDataFrame(nil))
		}
		p.Header = firstString(content) == "onMetaData"
	}
	p.Hash = Hash(content)
	return p
}

// firstString reads the AMF0 string (AMF0 section 2.4) that body begins with.
func firstString(body []byte) string {
	if len(body) < 3 || body[0] != 0x02 {
		return ""
	}
	n := int(binary.BigEndian.Uint16(body[1:]))
	return string(body[3:min(3+n, len(body))])
}
