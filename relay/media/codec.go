package media

import "time"

// Codec is how a track is coded, by the name that users know. A codec that this
// package has no name for goes by its FourCC.
type Codec string

// The codecs of E-RTMP v2 and those of FLV 10.1 that are still met.
const (
	H264 Codec = "H264"
	HEVC Codec = "HEVC"
	VVC  Codec = "VVC"
	AV1  Codec = "AV1"
	VP8  Codec = "VP8"
	VP9  Codec = "VP9"

	H263   Codec = "H263" // Sorenson's
	Screen Codec = "Screen video"
	VP6    Codec = "VP6"

	AAC  Codec = "AAC"
	Opus Codec = "Opus"
	MP3  Codec = "MP3"
	FLAC Codec = "FLAC"
	AC3  Codec = "AC-3"
	EAC3 Codec = "E-AC-3"

	PCM        Codec = "PCM"
	ADPCM      Codec = "ADPCM"
	Nellymoser Codec = "Nellymoser"
	G711       Codec = "G.711"
	Speex      Codec = "Speex"
	Device     Codec = "device specific"
)

// String returns the codec's name.
func (c Codec) String() string { return string(c) }

// Tag is what the first bytes of an FLV tag body say. Of a body with many
// tracks it describes the first one.
type Tag struct {
	// Codec is empty for a video command, which is all it has then.
	Codec Codec
	// FourCC is how the enhanced form spells the codec; empty in the classic one.
	FourCC string
	// Keyframe: the body is a coded picture at which decoding can start.
	// Sequence headers are none, though their frame type says so.
	Keyframe bool
	// Header: the body is a sequence header, which a decoder needs before the
	// first frame.
	Header bool
	// End: the sequence has ended; there is no frame in the body.
	End bool
	// Frame: the payload is one coded video frame, which ends where the body
	// does: no header, command or metadata, and not in the enhanced form's
	// multitrack, where the sizes of other tracks would follow.
	Frame bool
	// CompositionTime is from decoding to showing, in whole milliseconds within
	// ±2^23; negative in streams with B-frames from some encoders, 0 for audio.
	CompositionTime time.Duration
	// TimestampOffset refines the packet's timestamp: 0 to 16,777,215 ns, by
	// rights below 1 ms; 0 unless the body has the enhanced form's ModEx.
	TimestampOffset time.Duration
	// Track is the track's number, 0 unless the body has the enhanced form's
	// multitrack header. Each track has headers and keyframes of its own.
	Track uint8
	// Payload is what follows the tag's header: a decoder configuration, or
	// coded data. It shares the body's memory.
	Payload []byte
}

// videoCodec names a video FourCC (E-RTMP v2, Enhanced Video, VideoFourCc;
// vvc1 came to it later).
func videoCodec(b []byte) (Codec, string) {
	switch string(b) {
	case "avc1":
		return H264, "avc1"
	case "hvc1":
		return HEVC, "hvc1"
	case "vvc1":
		return VVC, "vvc1"
	case "av01":
		return AV1, "av01"
	case "vp08":
		return VP8, "vp08"
	case "vp09":
		return VP9, "vp09"
	}
	return unnamed(b)
}

// audioCodec names an audio FourCC (E-RTMP v2, Enhanced Audio, AudioFourCc).
func audioCodec(b []byte) (Codec, string) {
	switch string(b) {
	case "mp4a":
		return AAC, "mp4a"
	case "Opus":
		return Opus, "Opus"
	case ".mp3":
		return MP3, ".mp3"
	case "fLaC":
		return FLAC, "fLaC"
	case "ac-3":
		return AC3, "ac-3"
	case "ec-3":
		return EAC3, "ec-3"
	}
	return unnamed(b)
}

// unnamed lets a codec of the future pass under its FourCC: where keyframes and
// headers are does not depend on it. Bytes that are no FourCC have no name.
func unnamed(b []byte) (Codec, string) {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return "", ""
		}
	}
	s := string(b)
	return Codec(s), s
}
