package relaytest

import (
	"encoding/binary"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Wire is how an Encoder lays messages out as chunks (RTMP section 5.3). The
// zero value does it as librtmp, and so OBS, does.
type Wire struct {
	// ChunkSize is announced and used: 4096 bytes; 128 announces nothing.
	ChunkSize int
	// FullHeaders begins each message with a type 0 header, that is with its
	// absolute time, and not with deltas where they do.
	FullHeaders bool
	// OmitExtended leaves the extended timestamp out of type 3 chunks, as some
	// encoders do against section 5.3.1.3. It is seen after 2^24 ms, and there
	// only with FullHeaders.
	OmitExtended bool
	// OneChunkStream sends audio, video and data on one chunk stream, as OBS
	// does; otherwise each has its own, as with ffmpeg.
	OneChunkStream bool
	// ThreeByteHeaders uses chunk stream numbers from 320 on for media.
	ThreeByteHeaders bool
}

const (
	defaultChunk = 128      // before anything is announced
	extendedMark = 0xFFFFFF // a timestamp field with this value has 4 more bytes
)

// chunker makes chunks for one connection.
type chunker struct {
	wire Wire
	size int
	last map[uint32]lastMessage
}

// lastMessage is what headers on a chunk stream may leave out.
type lastMessage struct {
	time, streamID uint32
}

func newChunker(w Wire) *chunker {
	if w.ChunkSize <= 0 {
		w.ChunkSize = 4096
	}
	return &chunker{wire: w, size: defaultChunk, last: map[uint32]lastMessage{}}
}

// append adds a message's chunks to b.
func (c *chunker) append(b []byte, m rtmp.Message) []byte {
	csid := c.chunkStream(m.Type)
	last, known := c.last[csid]
	c.last[csid] = lastMessage{m.Time, m.StreamID}
	field, format := m.Time, byte(0)
	// A time that goes back, as it may between tracks, needs a full header.
	if delta := m.Time - last.time; known && !c.wire.FullHeaders && last.streamID == m.StreamID && delta < 1<<31 {
		field, format = delta, 1
	}
	b = c.header(b, format, csid, field, m)
	for body := m.Body; ; {
		n := min(len(body), c.size)
		b, body = append(b, body[:n]...), body[n:]
		if len(body) == 0 {
			break
		}
		b = basicHeader(b, 3, csid)
		if field >= extendedMark && !c.wire.OmitExtended {
			b = binary.BigEndian.AppendUint32(b, field)
		}
	}
	if m.Type == rtmp.TypeSetChunkSize && len(m.Body) == 4 {
		c.size = int(binary.BigEndian.Uint32(m.Body))
	}
	return b
}

// header adds a type 0 or type 1 header (sections 5.3.1.2.1 and 2).
func (c *chunker) header(b []byte, format byte, csid, field uint32, m rtmp.Message) []byte {
	b = basicHeader(b, format, csid)
	b = appendUint24(b, min(field, extendedMark))
	b = appendUint24(b, uint32(len(m.Body)))
	b = append(b, m.Type)
	if format == 0 {
		b = binary.LittleEndian.AppendUint32(b, m.StreamID)
	}
	if field >= extendedMark {
		b = binary.BigEndian.AppendUint32(b, field)
	}
	return b
}

func (c *chunker) chunkStream(typ uint8) uint32 {
	base := uint32(0)
	if c.wire.ThreeByteHeaders {
		base = 320
	}
	switch typ {
	case rtmp.TypeAudio, rtmp.TypeVideo, rtmp.TypeData:
		if c.wire.OneChunkStream {
			return base + 4
		}
		return base + uint32(typ)
	case rtmp.TypeCommand:
		return 3
	}
	return 2
}

// basicHeader adds section 5.3.1.1.
func basicHeader(b []byte, format byte, csid uint32) []byte {
	switch {
	case csid < 64:
		return append(b, format<<6|byte(csid))
	case csid < 320:
		return append(b, format<<6, byte(csid-64))
	}
	return append(b, format<<6|1, byte(csid-64), byte((csid-64)>>8))
}

func appendUint24(b []byte, v uint32) []byte { return append(b, byte(v>>16), byte(v>>8), byte(v)) }
