package media

import "github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

// Silence is a frame in which nothing is heard, to be sent in the cadence of its
// track: one each Samples/Rate seconds.
type Silence struct {
	// Body is the FLV tag body.
	Body []byte
	// Samples in a frame, 960 or 1024, at Rate in Hz.
	Samples, Rate int
}

// aacSilence holds, by channel configuration, an AAC-LC frame of silence: what
// FFmpeg's own encoder makes of its anullsrc, from the second frame on
// (ffmpeg -f lavfi -i anullsrc=cl=LAYOUT -c:a aac -t 0.2 -f flv; LAYOUT mono,
// stereo, 3.0, 4.0, 5.0, 5.1). No scale factor band is coded in them
// (max_sfb is 0), so they are the same for every sample rate.
var aacSilence = [...][]byte{
	1: {0x01, 0x18, 0x20, 0x07},
	2: {0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c},
	3: {0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60, 0xe0},
	4: {0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60, 0x03, 0x18, 0x20, 0x07},
	5: {0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60, 0x23, 0x10, 0x04, 0x60, 0x8c, 0x1c},
	6: {0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60, 0x23, 0x10, 0x04, 0x60, 0x8c, 0x0c, 0x23, 0x00, 0x00, 0xe0},
}

// SilenceOf returns the silent frame of the track whose sequence header is the
// FLV tag body header. It is known for AAC-LC of one to six channels, and for
// Opus of one or two.
func SilenceOf(header []byte) (s Silence, known bool) {
	tag, err := InspectAudio(header)
	if err != nil || !tag.Header {
		return Silence{}, false
	}
	head, plain := frameHead(header, tag)
	if !plain {
		return Silence{}, false
	}
	var frame []byte
	switch tag.Codec {
	case AAC:
		frame, s.Rate = silentAAC(tag.Payload)
		s.Samples = 1024
	case Opus:
		frame, s.Rate = silentOpus(tag.Payload)
		s.Samples = 960
	}
	s.Body = append(head, frame...)
	return s, frame != nil
}

// frameHead is what stands before a frame of the track: as in its sequence
// header, but with another packet type. It is false for bodies with modifiers or
// many tracks.
func frameHead(header []byte, tag Tag) (head []byte, plain bool) {
	if tag.FourCC == "" {
		return []byte{header[0], codedFrames}, true
	}
	if header[0]&0x0f != sequenceStart {
		return nil, false
	}
	return append([]byte{header[0] | codedFrames}, tag.FourCC...), true
}

// The sample rates that AAC has a name for, in Hz: 7350 to 96000. Others can be
// written, up to 16 MHz.
const (
	minRate = 7350
	maxRate = 96000
)

// silentAAC reads an AudioSpecificConfig.
func silentAAC(config []byte) (frame []byte, rate int) {
	var asc mpeg4audio.AudioSpecificConfig
	err := guarded(asc.Unmarshal, config)
	if err != nil || asc.Type != mpeg4audio.ObjectTypeAACLC || asc.FrameLengthFlag ||
		asc.SampleRate < minRate || asc.SampleRate > maxRate ||
		asc.ExtensionType != 0 || int(asc.ChannelConfig) >= len(aacSilence) {
		return nil, 0
	}
	return aacSilence[asc.ChannelConfig], asc.SampleRate
}

// silentOpus reads an identification header (RFC 7845 section 5.1). The frame
// is 20 ms of CELT at full bandwidth (RFC 6716 section 3.1, configuration 31)
// whose first bit, that for silence, is set (section 4.3).
func silentOpus(head []byte) (frame []byte, rate int) {
	const channels, family, stereo = 9, 18, 0x04
	if len(head) < 19 || head[family] != 0 || head[channels] < 1 || head[channels] > 2 {
		return nil, 0
	}
	toc := byte(31 << 3)
	if head[channels] == 2 {
		toc |= stereo
	}
	return []byte{toc, 0xff, 0xfe}, 48000
}
