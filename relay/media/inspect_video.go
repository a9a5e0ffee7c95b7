package media

import "time"

// Frame types (FLV 10.1 section E.4.3.1; E-RTMP v2, enum VideoFrameType).
const (
	frameKey       = 1
	frameGenerated = 4 // a keyframe that a server made
	frameCommand   = 5
)

// Packet types that only video has (E-RTMP v2, enum VideoPacketType).
const (
	videoFramesX     = 3 // coded frames whose composition time is 0
	videoMetadata    = 4
	videoMPEG2TS     = 5
	videoMultitrack  = 6
	exVideoHeaderBit = 0x80
)

// Codec ids that have a packet header (FLV 10.1 section E.4.3.1). 12 is in no
// specification: it is what encoders used for HEVC before E-RTMP v1.
const (
	codecAVC  = 7
	codecHEVC = 12
)

// InspectVideo tells what a video tag body is. An error means that the body is
// empty, cut short or of an unknown form; it may still be passed on as it is.
func InspectVideo(body []byte) (Tag, error) {
	if len(body) == 0 {
		return Tag{}, errEmpty
	}
	frame := body[0] >> 4 & 0x07
	if body[0]&exVideoHeaderBit != 0 {
		return inspectExVideo(frame, body)
	}
	codec := classicVideo(body[0] & 0x0f)
	if codec == "" {
		return Tag{}, unknownVideoCodec(body[0] & 0x0f)
	}
	if frame == frameCommand { // one byte follows: seeking begins or ends
		return Tag{Payload: body[1:]}, nil
	}
	if codec == H264 || codec == HEVC {
		return inspectAVC(codec, isKey(frame), body)
	}
	return Tag{Codec: codec, Keyframe: isKey(frame) && len(body) > 1, Frame: len(body) > 1, Payload: body[1:]}, nil
}

func isKey(frame byte) bool { return frame == frameKey || frame == frameGenerated }

// classicVideo names a codec id (FLV 10.1 section E.4.3.1).
func classicVideo(id byte) Codec {
	switch id {
	case codecAVC:
		return H264
	case codecHEVC:
		return HEVC
	case 2:
		return H263
	case 3, 6:
		return Screen
	case 4, 5:
		return VP6
	}
	return ""
}

// inspectAVC reads the packet header of H.264, and of HEVC as OBS and others
// sent it before E-RTMP: AVCPacketType, then the composition time (FLV 10.1
// sections E.4.3.1 and E.4.3.2).
func inspectAVC(codec Codec, key bool, body []byte) (Tag, error) {
	tag := Tag{Codec: codec}
	if len(body) < 2 {
		return tag, errShort
	}
	switch body[1] {
	case sequenceStart:
		tag.Header = true
	case codedFrames:
		tag.Keyframe, tag.Frame = key && len(body) > 5, len(body) > 5
	case sequenceEnd: // some encoders leave the composition time out
		tag.End = true
		tag.Payload = body[min(5, len(body)):]
		return tag, nil
	default:
		return tag, unknownPacketType(body[1])
	}
	if len(body) < 5 {
		return Tag{Codec: codec}, errShort
	}
	if !tag.Header {
		tag.CompositionTime = si24(body[2:])
	}
	tag.Payload = body[5:]
	return tag, nil
}

// si24 reads a signed 24-bit number of milliseconds.
func si24(b []byte) time.Duration {
	ms := int32(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8) >> 8
	return time.Duration(ms) * time.Millisecond
}

// inspectExVideo reads an ExVideoTagHeader (E-RTMP v2, Enhanced Video; v1 is
// the same without ModEx and multitrack).
func inspectExVideo(frame byte, body []byte) (Tag, error) {
	h := exHeader{packetType: body[0] & 0x0f, rest: body[1:]}
	if err := h.modifiers(); err != nil {
		return Tag{}, err
	}
	if frame == frameCommand && h.packetType != videoMetadata {
		return Tag{TimestampOffset: h.offset, Payload: h.rest}, nil
	}
	if err := h.codecAndTrack(videoMultitrack); err != nil {
		return Tag{}, err
	}
	tag := Tag{TimestampOffset: h.offset, Track: h.track}
	tag.Codec, tag.FourCC = videoCodec(h.fourCC)
	if tag.Codec == "" {
		return Tag{}, errFourCC
	}
	return tag.withExVideo(isKey(frame), h)
}

// withExVideo fills in what the packet type and the rest of the body say (E-RTMP
// v2, ExVideoTagBody).
func (t Tag) withExVideo(key bool, h exHeader) (Tag, error) {
	switch h.packetType {
	case sequenceStart, videoMPEG2TS:
		t.Header = true
	case sequenceEnd:
		t.End = true
	case videoMetadata:
	case codedFrames:
		if t.Codec == H264 || t.Codec == HEVC || t.Codec == VVC {
			b, err := h.take(3)
			if err != nil {
				return Tag{}, err
			}
			t.CompositionTime = si24(b)
		}
		t.Keyframe = key && len(h.rest) > 0
		t.Frame = len(h.rest) > 0 && !h.multitrack
	case videoFramesX:
		t.Keyframe = key && len(h.rest) > 0
		t.Frame = len(h.rest) > 0 && !h.multitrack
	default:
		return Tag{}, unknownPacketType(h.packetType)
	}
	t.Payload = h.rest
	return t, nil
}
