package relaytest

import (
	"encoding/binary"
	"encoding/hex"
	"math"
)

// Decoder configurations of 1920x1080 at 30 frames/s, as ffmpeg 5.1 wrote them
// for "-f lavfi -i testsrc2=size=1920x1080:rate=30": libx264 "-profile:v high
// -level 4.0" to FLV, libx265 "-preset ultrafast" and libsvtav1 to MP4 (the
// boxes avcC, hvcC and av1C).
const (
	avcC = "01640028ffe1001b67640028acd940780227e5c044000003000400000300f03c60c65801000668ebe3cb22c0fdf8f800"
	hvcC = "01016000000090000000000078f000fcfdf8f800000f03a00001001840010c01ffff016000000300900000030000030078959409" +
		"a10001002b420101016000000300900000030000030078a003c0801107cb965654a4c2f0168080000003008000000f04" +
		"a2000100064401c073c189"
	av1C = "81080c000a0b00000042abbfc3700be001"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("relaytest: " + err.Error())
	}
	return b
}

// videoHeader is a sequence header: classic (FLV 10.1 section E.4.3.1), or
// enhanced (E-RTMP v2, ExVideoTagHeader), where 0x90 is a keyframe of packet
// type SequenceStart.
func (s Synthetic) videoHeader() []byte {
	config := map[string]string{"hvc1": hvcC, "av01": av1C}[s.FourCC]
	if config == "" {
		config = avcC
	}
	if s.FourCC == "" {
		return append([]byte{0x17, 0, 0, 0, 0}, unhex(config)...)
	}
	return append(append([]byte{0x90}, s.FourCC...), unhex(config)...)
}

// videoFrame is one NAL unit (one OBU for AV1) with its length before it.
func (g *generator) videoFrame(key bool, composition uint32, size int) []byte {
	frameType, nal := byte(2), byte(0x41) // a slice that is no IDR (H.264 table 7-1)
	if key {
		frameType, nal = 1, 0x65
	}
	b := make([]byte, 0, size+16)
	switch g.FourCC {
	case "":
		b = append(b, frameType<<4|7, 1)
	default:
		b = append(append(b, 0x80|frameType<<4|1), g.FourCC...)
	}
	if g.FourCC != "av01" { // AV1 has no composition time
		b = appendUint24(b, composition)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	head := len(b)
	b = append(b, make([]byte, max(1, size))...)
	_, _ = g.random.Read(b[head:])
	b[head] = nal
	return b
}

// audioHeader is AAC-LC, 48 kHz, stereo (ISO 14496-3 section 1.6.2.1).
func audioHeader() []byte { return []byte{0xAF, 0, 0x11, 0x90} }

// metadata is onMetaData with an ECMA array (AMF0 section 2.10), as encoders
// send it.
func (s Synthetic) metadata() []byte {
	b := amfString([]byte{0x02}, "onMetaData")
	b = append(b, 0x08, 0, 0, 0, 7)
	for _, field := range []struct {
		name  string
		value float64
	}{
		{"width", 1920}, {"height", 1080}, {"framerate", float64(s.FPS)}, {"videocodecid", 7},
		{"videodatarate", float64(s.VideoBitrate) / 1000}, {"audiocodecid", 10},
		{"audiodatarate", float64(s.AudioBitrate) / 1000},
	} {
		b = amfString(b, field.name)
		b = binary.BigEndian.AppendUint64(append(b, 0x00), math.Float64bits(field.value))
	}
	return append(b, 0, 0, 0x09)
}

func amfString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}
