package media

// Sound formats with a header after the first byte (FLV 10.1 section E.4.2.1;
// E-RTMP v2, enum SoundFormat).
const (
	soundEx  = 9
	soundAAC = 10
)

// Packet types that only audio has (E-RTMP v2, enum AudioPacketType).
const (
	audioMultichannel = 4
	audioMultitrack   = 5
)

// InspectAudio tells what an audio tag body is. An error means that the body is
// empty, cut short or of an unknown form; it may still be passed on as it is.
func InspectAudio(body []byte) (Tag, error) {
	if len(body) == 0 {
		return Tag{}, errEmpty
	}
	format := body[0] >> 4
	if format == soundEx {
		return inspectExAudio(body)
	}
	codec := classicAudio(format)
	if codec == "" {
		return Tag{}, unknownSoundFormat(format)
	}
	if codec != AAC {
		return Tag{Codec: codec, Payload: body[1:]}, nil
	}
	// AACAUDIODATA, FLV 10.1 section E.4.2.2.
	if len(body) < 2 {
		return Tag{}, errShort
	}
	if body[1] != sequenceStart && body[1] != codedFrames {
		return Tag{}, unknownPacketType(body[1])
	}
	return Tag{Codec: AAC, Header: body[1] == sequenceStart, Payload: body[2:]}, nil
}

// classicAudio names a sound format (FLV 10.1 section E.4.2.1). 13 is reserved
// there, and what some servers use for Opus without a packet header.
func classicAudio(format byte) Codec {
	switch format {
	case soundAAC:
		return AAC
	case 2, 14:
		return MP3
	case 0, 3:
		return PCM
	case 1:
		return ADPCM
	case 4, 5, 6:
		return Nellymoser
	case 7, 8:
		return G711
	case 11:
		return Speex
	case 13:
		return Opus
	case 15:
		return Device
	}
	return ""
}

// inspectExAudio reads an ExAudioTagHeader (E-RTMP v2, Enhanced Audio).
func inspectExAudio(body []byte) (Tag, error) {
	h := exHeader{packetType: body[0] & 0x0f, rest: body[1:]}
	if err := h.modifiers(); err != nil {
		return Tag{}, err
	}
	if err := h.codecAndTrack(audioMultitrack); err != nil {
		return Tag{}, err
	}
	tag := Tag{TimestampOffset: h.offset, Track: h.track, Payload: h.rest}
	if tag.Codec, tag.FourCC = audioCodec(h.fourCC); tag.Codec == "" {
		return Tag{}, errFourCC
	}
	switch h.packetType {
	case sequenceStart:
		tag.Header = true
	case sequenceEnd:
		tag.End = true
	case codedFrames, audioMultichannel: // the latter maps channels to speakers; it is no decoder configuration
	default:
		return Tag{}, unknownPacketType(h.packetType)
	}
	return tag, nil
}
