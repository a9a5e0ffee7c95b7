package fmp4

import (
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"
	"github.com/hawker-live/hawker/relay/media"
)

// ErrUnsupported is wrapped by the reason why a stream cannot be put into MP4 that
// browsers play.
var ErrUnsupported = errors.New("browsers cannot play this stream")

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// Track is what a decoder must know of a track before its first sample.
type Track struct {
	// Header is the FLV tag body that it was made of.
	Header []byte
	// Codec is what its samples must be coded in.
	Codec media.Codec
	// Timescale is in ticks per second: for audio, the sample rate.
	Timescale uint32
	// MIME names the codec as in RFC 6381.
	MIME string
	// Width and Height are of a picture; 0 if they are not known.
	Width, Height int

	codec  codecs.Codec
	box    string // of the sample entry's decoder configuration
	config []byte // that box's payload, as the encoder sent it; nil for what codec says
	frame  uint32 // samples in a frame of audio; 0 where each frame says it
}

// VideoTrack reads a sequence header. keyframe is the payload of the first
// keyframe, in which AV1 may have what its header lacks.
func VideoTrack(header, keyframe []byte) (t *Track, err error) {
	defer contain(&err)
	tag, err := media.InspectVideo(header)
	if err != nil {
		return nil, unsupported("the video header cannot be read: %v", err)
	}
	t = &Track{Header: header, Codec: tag.Codec, Timescale: videoScale, config: tag.Payload}
	switch tag.Codec {
	case media.H264:
		err = t.avc(tag.Payload)
	case media.HEVC:
		err = t.hevc(tag.Payload)
	case media.AV1:
		err = t.av1(tag.Payload, keyframe)
	default:
		err = unsupported("its video is %s; H.264, HEVC or AV1 is needed", tag.Codec)
	}
	if err != nil {
		return nil, err
	}
	shown, _ := media.ParseVideoConfig(tag)
	t.Width, t.Height = shown.Width, shown.Height
	return t, nil
}

// contain makes an error of a panic: the bytes are a stranger's, and most of the
// parsing is a library's.
func contain(err *error) {
	if r := recover(); r != nil {
		*err = unsupported("a codec header cannot be read: %v", r)
	}
}

// nalLength refuses lengths before NAL units that are not of four bytes, the
// only ones that all players and the boxes here know.
func nalLength(b byte) error {
	if n := b&3 + 1; n != 4 {
		return unsupported("its NAL units have lengths of %d bytes instead of 4", n)
	}
	return nil
}

// avc reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1).
func (t *Track) avc(b []byte) error {
	r := reader{b: b}
	head := r.take(6)
	var sps, pps []byte
	for range head[5] & 0x1f {
		sps = first(sps, r.unit())
	}
	for range r.take(1)[0] {
		pps = first(pps, r.unit())
	}
	t.codec, t.box = &codecs.H264{SPS: sps, PPS: pps}, "avcC"
	t.MIME = fmt.Sprintf("avc1.%02x%02x%02x", head[1], head[2], head[3])
	return nalLength(head[4])
}

// hevc reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section
// 8.3.2.1).
func (t *Track) hevc(b []byte) error {
	r := reader{b: b}
	head := r.take(23)
	sets := map[byte][]byte{} // by NAL unit type
	for range head[22] {
		kind := r.take(1)[0] & 0x3f
		for n := r.uint16(); n > 0; n-- {
			sets[kind] = first(sets[kind], r.unit())
		}
	}
	const vps, sps, pps = 32, 33, 34
	t.codec, t.box = &codecs.H265{VPS: sets[vps], SPS: sets[sps], PPS: sets[pps]}, "hvcC"
	t.MIME = hevcMime(head)
	return nalLength(head[21])
}

// hevcMime is as in ISO/IEC 14496-15 section E.3: profile, compatibility flags
// in reverse, tier and level, and constraint flags without the zeros at the end.
func hevcMime(head []byte) string {
	space := []string{"", "A", "B", "C"}[head[1]>>6]
	tier := "L"
	if head[1]&0x20 != 0 {
		tier = "H"
	}
	var compatible uint32
	for i := range 32 {
		compatible |= uint32(head[2+i/8]>>(7-i%8)&1) << i
	}
	mime := fmt.Sprintf("hvc1.%s%d.%x.%s%d", space, head[1]&0x1f, compatible, tier, head[12])
	end := 12
	for end > 6 && head[end-1] == 0 {
		end--
	}
	for _, b := range head[6:end] {
		mime += fmt.Sprintf(".%x", b)
	}
	return mime
}

func first(have, other []byte) []byte {
	if have != nil {
		return have
	}
	return other
}

// reader reads a configuration; what is not there panics, see contain.
type reader struct{ b []byte }

func (r *reader) take(n int) []byte {
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uint16() int {
	b := r.take(2)
	return int(b[0])<<8 | int(b[1])
}

func (r *reader) unit() []byte { return r.take(r.uint16()) }
