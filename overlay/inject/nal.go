package inject

import "github.com/hawker-live/hawker/relay/media"

// nalForm is how NAL units stand in frames, as the sequence header says.
type nalForm struct {
	codec media.Codec
	size  int // of the length before each unit: 1 to 4 bytes
}

// nalFormOf reads lengthSizeMinusOne of an avcC or hvcC (ISO/IEC 14496-15 sections
// 5.3.3.1.2 and 8.3.2.1.2). Of other headers it takes the codec.
func nalFormOf(header media.Tag) nalForm {
	f := nalForm{codec: header.Codec}
	var place int
	switch header.Codec {
	case media.H264:
		place = 4
	case media.HEVC:
		place = 21
	default:
		return f
	}
	if len(header.Payload) <= place {
		return nalForm{}
	}
	f.size = int(header.Payload[place]&3) + 1
	return f
}

// most is how long a unit may be, in bytes.
func (f nalForm) most() int { return 1<<(8*min(f.size, 3)) - 1 }

// length appends the length of a unit, which is at most most.
func (f nalForm) length(b []byte, n int) []byte {
	for i := f.size - 1; i >= 0; i-- {
		b = append(b, byte(uint(n)>>(8*i)))
	}
	return b
}

// firstSlice walks a frame's units to its end, and finds the first that belongs to
// a picture, and the second byte of its header. It is not ok if there is none or
// the lengths do not fit.
func (f nalForm) firstSlice(payload []byte) (place int, second byte, ok bool) {
	for at := 0; at < len(payload); {
		if len(payload)-at < f.size {
			return 0, 0, false
		}
		n := uint64(0)
		for _, b := range payload[at : at+f.size] {
			n = n<<8 | uint64(b)
		}
		if n > uint64(len(payload)-at-f.size) {
			return 0, 0, false
		}
		unit := payload[at+f.size:][:n]
		if !ok && f.isSlice(unit) {
			ok, place = true, at
			if len(unit) > 1 {
				second = unit[1]
			}
		}
		at += f.size + int(n)
	}
	return place, second, ok
}

// isSlice tells whether a unit is coded picture data (H.264 table 7-1: types 1 to
// 5, and 14, which belongs to the slice behind it; H.265 table 7-1: types 0 to 31).
func (f nalForm) isSlice(unit []byte) bool {
	if len(unit) == 0 || unit[0]&0x80 != 0 {
		return false
	}
	if f.codec == media.HEVC {
		return len(unit) >= 2 && unit[0]>>1 <= 31 && unit[1]&0x07 != 0
	}
	kind := unit[0] & 0x1f
	return kind >= 1 && kind <= 5 || kind == 14
}
