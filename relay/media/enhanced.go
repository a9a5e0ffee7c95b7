package media

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the Inspect functions. Those with a number are one byte wide, which
// an interface holds without an allocation.
var (
	errEmpty  = errors.New("tag body is empty")
	errShort  = errors.New("tag body is cut short")
	errFourCC = errors.New("tag body has no FourCC where one is due")
	errModEx  = fmt.Errorf("tag body has more than %d ModEx modifiers", maxModEx)
)

type (
	unknownVideoCodec  byte
	unknownSoundFormat byte
	unknownPacketType  byte
	unknownMultitrack  byte
)

func (e unknownVideoCodec) Error() string {
	return fmt.Sprintf("video codec id %d is not known", byte(e))
}
func (e unknownSoundFormat) Error() string {
	return fmt.Sprintf("sound format %d is not known", byte(e))
}
func (e unknownPacketType) Error() string { return fmt.Sprintf("packet type %d is not known", byte(e)) }
func (e unknownMultitrack) Error() string {
	return fmt.Sprintf("multitrack type %d is not known", byte(e))
}

// Packet types that mean the same for audio and video (E-RTMP v2, enum
// AudioPacketType and enum VideoPacketType).
const (
	sequenceStart = 0
	codedFrames   = 1
	sequenceEnd   = 2
	modEx         = 7
)

// E-RTMP v2, enum AvMultitrackType.
const (
	oneTrack             = 0
	manyTracks           = 1
	manyTracksManyCodecs = 2
)

// maxModEx is how many modifiers a body may have. One is defined; the
// specification sets no bound, so that a body could be nothing else.
const maxModEx = 16

// exHeader reads the parts that the enhanced headers of audio and video share.
type exHeader struct {
	packetType byte
	fourCC     []byte
	multitrack bool
	track      uint8
	offset     time.Duration
	rest       []byte // of the body, not yet read
}

func (h *exHeader) take(n int) ([]byte, error) {
	if len(h.rest) < n {
		return nil, errShort
	}
	b := h.rest[:n]
	h.rest = h.rest[n:]
	return b, nil
}

// modifiers reads the ModEx packets that stand before the packet type proper
// (E-RTMP v2, ExAudioTagHeader and ExVideoTagHeader, "Process each ModEx data
// packet").
func (h *exHeader) modifiers() error {
	for n := 0; h.packetType == modEx; n++ {
		if n == maxModEx {
			return errModEx
		}
		if err := h.modifier(); err != nil {
			return err
		}
	}
	return nil
}

func (h *exHeader) modifier() error {
	b, err := h.take(1)
	if err != nil {
		return err
	}
	size := int(b[0]) + 1
	if size == 256 { // then 16 bits follow, and count
		if b, err = h.take(2); err != nil {
			return err
		}
		size = (int(b[0])<<8 | int(b[1])) + 1
	}
	data, err := h.take(size)
	if err != nil {
		return err
	}
	if b, err = h.take(1); err != nil {
		return err
	}
	h.packetType = b[0] & 0x0f
	if b[0]>>4 == 0 && size >= 3 { // TimestampOffsetNano
		h.offset = time.Duration(data[0])<<16 | time.Duration(data[1])<<8 | time.Duration(data[2])
	}
	return nil
}

// codecAndTrack reads what follows the packet type; multitrack is the packet
// type that says that tracks follow.
func (h *exHeader) codecAndTrack(multitrack byte) (err error) {
	if h.packetType == multitrack {
		return h.firstTrack()
	}
	h.fourCC, err = h.take(4)
	return err
}

// firstTrack reads the header of a multitrack body as far as the first track's
// data, to which it cuts the rest (E-RTMP v2, ExAudioTagBody and ExVideoTagBody).
// Neither multitrack nor ModEx can be the packet type again: they are not among
// those that the callers go on with.
func (h *exHeader) firstTrack() error {
	b, err := h.take(1)
	if err != nil {
		return err
	}
	h.multitrack = true
	kind := b[0] >> 4
	h.packetType = b[0] & 0x0f
	if kind > manyTracksManyCodecs {
		return unknownMultitrack(kind)
	}
	// One FourCC for all tracks, or one for each, stands at the same place.
	if h.fourCC, err = h.take(4); err != nil {
		return err
	}
	if b, err = h.take(1); err != nil {
		return err
	}
	h.track = b[0]
	if kind == oneTrack {
		return nil
	}
	return h.cut()
}

// cut leaves of the rest what the track's size says.
func (h *exHeader) cut() error {
	b, err := h.take(3)
	if err != nil {
		return err
	}
	h.rest, err = h.take(int(b[0])<<16 | int(b[1])<<8 | int(b[2]))
	return err
}
