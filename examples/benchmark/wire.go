package main

import (
	"encoding/binary"

	"github.com/hawker-live/hawker/relay/rtmp"
)

const (
	defaultChunk = 128      // section 5.4.1 of the RTMP specification
	encoderChunk = 4096     // what OBS and ffmpeg announce
	relayChunk   = 64 << 10 // what the yardstick announces: most messages are one chunk
	extendedMark = 0xFFFFFF // section 5.3.1.3
	maxMessage   = 8 << 20  // more than any frame here
	readBuffer   = 64 << 10 // a frame and what has gathered behind it

	dialogueBuffer = 4 << 10 // nobody says much
)

// appendMessage adds a message's chunks to b (section 5.3.1): a type 0 header,
// and type 3 headers where it goes on. Times here stay below 2^24 ms.
func appendMessage(b []byte, m rtmp.Message, chunkSize int) []byte {
	csid := byte(3)
	switch m.Type {
	case rtmp.TypeAudio:
		csid = 4
	case rtmp.TypeVideo, rtmp.TypeData:
		csid = 6
	case rtmp.TypeSetChunkSize:
		csid = 2
	}
	b = append(b, csid)
	b = appendUint24(b, m.Time)
	b = appendUint24(b, uint32(len(m.Body)))
	b = append(b, m.Type)
	b = binary.LittleEndian.AppendUint32(b, m.StreamID)
	for body := m.Body; ; {
		n := min(len(body), chunkSize)
		b, body = append(b, body[:n]...), body[n:]
		if len(body) == 0 {
			return b
		}
		b = append(b, 3<<6|csid)
	}
}

// setChunkSize is the message that announces a chunk size.
func setChunkSize(size int) rtmp.Message {
	return rtmp.Message{Type: rtmp.TypeSetChunkSize, Body: binary.BigEndian.AppendUint32(nil, uint32(size))}
}

func appendUint24(b []byte, v uint32) []byte { return append(b, byte(v>>16), byte(v>>8), byte(v)) }

func uint24(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }
