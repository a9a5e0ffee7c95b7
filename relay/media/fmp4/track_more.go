package fmp4

import (
	"encoding/binary"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"
	"github.com/hawker-live/hawker/relay/media"
)

// av1 reads an AV1CodecConfigurationRecord (AV1 in ISOBMFF section 2.3.3), or
// the descriptor of MPEG-2 TS, which has a tag and a length before it. If the
// sequence header is not in it, it is in the keyframe, and the box is made of
// that.
func (t *Track) av1(b, keyframe []byte) error {
	if len(b) >= 2 && b[0] == 0x80 && b[1] == 4 {
		b = b[2:]
	}
	r := reader{b: b}
	head := r.take(4)
	t.box, t.config = "av1C", b
	sequence := sequenceHeader(r.b)
	if sequence == nil {
		sequence, t.config = sequenceHeader(keyframe), nil
	}
	if sequence == nil {
		return unsupported("its AV1 has no sequence header")
	}
	t.codec = &codecs.AV1{SequenceHeader: sequence}
	tier, depth := 'M', 8
	if head[2]&0x80 != 0 {
		tier = 'H'
	}
	switch head[2] & 0x60 {
	case 0x40:
		depth = 10
	case 0x60:
		depth = 12
	}
	t.MIME = fmt.Sprintf("av01.%d.%02d%c.%02d", head[1]>>5, head[1]&0x1f, tier, depth)
	return nil
}

// sequenceHeader finds the sequence header among OBUs with sizes (AV1 section
// 5.3), without its size.
func sequenceHeader(obus []byte) []byte {
	var units av1.Bitstream
	if units.Unmarshal(obus) != nil {
		return nil
	}
	for _, u := range units {
		if len(u) > 0 && av1.OBUType(u[0]>>3&0x0f) == av1.OBUTypeSequenceHeader {
			return u
		}
	}
	return nil
}

// AudioTrack reads a sequence header.
func AudioTrack(header []byte) (t *Track, err error) {
	defer contain(&err)
	tag, err := media.InspectAudio(header)
	if err != nil {
		return nil, unsupported("the audio header cannot be read: %v", err)
	}
	t = &Track{Header: header, Codec: tag.Codec}
	switch tag.Codec {
	case media.AAC:
		err = t.aac(tag.Payload)
	case media.Opus:
		t.opus(tag.Payload)
	default:
		err = UnsupportedAudio(tag.Codec)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// UnsupportedAudio is the error about a codec that there is no track for, such as
// one without a header.
func UnsupportedAudio(c media.Codec) error {
	return unsupported("its audio is %s; AAC or Opus is needed", c)
}

// aac reads an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1). Time is
// counted in samples of the core, without what SBR adds.
func (t *Track) aac(b []byte) error {
	var config mpeg4audio.AudioSpecificConfig
	if err := config.Unmarshal(b); err != nil {
		return unsupported("the AAC header cannot be read: %v", err)
	}
	const slowest, fastest = 7350, 96000
	if config.SampleRate < slowest || config.SampleRate > fastest {
		return unsupported("its AAC has a sample rate of %d Hz", config.SampleRate)
	}
	t.codec = &codecs.MPEG4Audio{Config: config}
	t.Timescale, t.frame = uint32(config.SampleRate), 1024
	if config.FrameLengthFlag {
		t.frame = 960
	}
	t.MIME = fmt.Sprintf("mp4a.40.%d", b[0]>>3)
	return nil
}

// opus reads an identification header (RFC 7845 section 5.1), which may be
// empty, and makes the dOps box of it, whose numbers are big-endian (Opus in
// ISOBMFF section 4.3.2).
func (t *Track) opus(b []byte) {
	channels := 2
	if len(b) >= 19 && string(b[:8]) == "OpusHead" {
		channels = int(b[9])
		t.box = "dOps"
		t.config = []byte{0, b[9]}
		t.config = binary.BigEndian.AppendUint16(t.config, binary.LittleEndian.Uint16(b[10:]))
		t.config = binary.BigEndian.AppendUint32(t.config, binary.LittleEndian.Uint32(b[12:]))
		t.config = binary.BigEndian.AppendUint16(t.config, binary.LittleEndian.Uint16(b[16:]))
		t.config = append(t.config, b[18:]...)
	}
	t.codec = &codecs.Opus{ChannelCount: channels}
	t.Timescale, t.MIME = 48000, "opus"
}

// Samples is how many a frame of audio has; 0 for what is none.
func (t *Track) Samples(frame []byte) uint32 {
	if t.frame > 0 {
		return t.frame
	}
	return opusSamples(frame)
}

// opusSamples reads an Opus packet's configuration and frame count (RFC 6716
// section 3.1 and 3.2), at 48 kHz; 0 for what is none.
func opusSamples(b []byte) uint32 {
	if len(b) == 0 {
		return 0
	}
	var size uint32
	switch config := b[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		size = []uint32{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		size = 480 << (config & 1)
	default: // CELT: 2.5, 5, 10, 20 ms
		size = 120 << (config & 3)
	}
	switch b[0] & 3 {
	case 0:
		return size
	case 1, 2:
		return 2 * size
	}
	const longest = 5760 // 120 ms
	if len(b) < 2 || uint32(b[1]&0x3f)*size > longest {
		return 0
	}
	return uint32(b[1]&0x3f) * size
}
