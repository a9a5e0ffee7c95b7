package inject

import (
	"slices"

	"github.com/hawker-live/hawker/relay/media"
)

// UUID stands before the JSON of each cue in SEI, so that receivers know it from
// other user data: 6f1d8a52-c3b7-4e09-9d24-a1f85b7e63d4.
var UUID = [16]byte{0x6f, 0x1d, 0x8a, 0x52, 0xc3, 0xb7, 0x4e, 0x09, 0x9d, 0x24, 0xa1, 0xf8, 0x5b, 0x7e, 0x63, 0xd4}

const (
	// userDataUnregistered is an SEI payload type (H.264 section D.1.1).
	userDataUnregistered = 5
	// avcSEI and hevcPrefixSEI are NAL unit types (H.264 table 7-1, H.265 table
	// 7-1).
	avcSEI        = 6
	hevcPrefixSEI = 39
)

// fit tells whether a frame can carry SEI.
type fit uint8

const (
	fits      fit = iota
	fitsNever     // its codec has none, or its form no place
	fitsLater     // it is no frame, or cannot be read; perhaps the next one can
)

// makeFrame makes a frame's body with SEI for cues right before its first slice.
func makeFrame(frame []byte, form nalForm, texts []text) body {
	at, layers, f := placeIn(frame, form)
	b := body{fit: f, frame: frame}
	if f != fits {
		b.lost = len(texts)
		return b
	}
	var units []byte
	for _, t := range texts {
		unit := seiUnit(form.codec, layers, t.json)
		if len(unit) > form.most() {
			b.lost++
			continue
		}
		units = append(form.length(units, len(unit)), unit...)
		b.told++
	}
	if len(units) == 0 {
		return b
	}
	b.frame = slices.Concat(frame[:at], units, frame[at:])
	return b
}

// placeIn finds where SEI belongs in a body, and the second byte of the header of
// the slice that follows, where HEVC has its layers.
func placeIn(frame []byte, form nalForm) (at int, layers byte, f fit) {
	tag, err := media.InspectVideo(frame)
	if err != nil || tag.Track != 0 {
		return 0, 0, fitsLater
	}
	carries := tag.Codec == media.H264 || tag.Codec == media.HEVC
	switch {
	case !tag.Frame && tag.Keyframe, tag.Frame && !carries:
		return 0, 0, fitsNever
	case !tag.Frame || tag.Codec != form.codec:
		return 0, 0, fitsLater
	}
	place, layers, ok := form.firstSlice(tag.Payload)
	if !ok {
		return 0, 0, fitsLater
	}
	return len(frame) - len(tag.Payload) + place, layers, fits
}

// seiUnit is a NAL unit with one SEI message (H.264 section 7.3.2.3, H.265 section
// 7.3.2.4), in the temporal layer of the slice that it belongs to.
func seiUnit(codec media.Codec, layers byte, json []byte) []byte {
	unit := make([]byte, 0, len(json)+64)
	if codec == media.HEVC {
		unit = append(unit, hevcPrefixSEI<<1, layers&0x07)
	} else {
		unit = append(unit, avcSEI)
	}
	header := len(unit)
	unit = append(unit, userDataUnregistered)
	size := len(UUID) + len(json)
	for ; size >= 0xff; size -= 0xff {
		unit = append(unit, 0xff)
	}
	unit = append(unit, byte(size))
	unit = append(append(unit, UUID[:]...), json...)
	unit = append(unit, 0x80) // rbsp_trailing_bits
	return escape(unit, header)
}

// escape puts an emulation prevention byte wherever bytes from there on could be
// taken for a start code (H.264 and H.265 section 7.4.1).
func escape(unit []byte, from int) []byte {
	zeros := 0
	for i := from; i < len(unit); i++ {
		if zeros == 2 && unit[i] <= 3 {
			unit = slices.Insert(unit, i, 3)
			zeros = 0
			continue // with the byte that moved up
		}
		if unit[i] == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return unit
}
