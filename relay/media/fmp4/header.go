package fmp4

import (
	"encoding/binary"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// Tracks have fixed numbers, whether or not both are there.
const (
	videoID = 1
	audioID = 2
)

// Header makes what comes before the fragments of a set of tracks, ftyp and moov;
// a nil track is none. The decoder configurations in it are those that the
// encoder sent, with all their parameter sets.
func Header(video, audio *Track) (data []byte, err error) {
	defer contain(&err)
	var boxes fmp4.Init
	if video != nil {
		boxes.Tracks = append(boxes.Tracks, &fmp4.InitTrack{ID: videoID, TimeScale: video.Timescale, Codec: video.codec})
	}
	if audio != nil {
		boxes.Tracks = append(boxes.Tracks, &fmp4.InitTrack{ID: audioID, TimeScale: audio.Timescale, Codec: audio.codec})
	}
	var out seekablebuffer.Buffer
	if err := boxes.Marshal(&out); err != nil {
		return nil, unsupported("%v", err)
	}
	data = out.Bytes()
	for _, t := range []*Track{video, audio} {
		if t != nil && t.config != nil {
			data = replace(data, t.box, t.config)
		}
	}
	return data, nil
}

// Codecs is the value of a MIME type's codecs parameter for a set of tracks, of
// which one may be nil.
func Codecs(video, audio *Track) string {
	switch {
	case video == nil:
		return audio.MIME
	case audio == nil:
		return video.MIME
	}
	return video.MIME + "," + audio.MIME
}

// nested says for each box on the way to a decoder configuration how many bytes
// there are before the boxes in it (ISO/IEC 14496-12 sections 8.5.2 and
// 12.1.3, 12.2.3).
var nested = map[string]int{
	"moov": 8, "trak": 8, "mdia": 8, "minf": 8, "stbl": 8, "stsd": 16,
	"avc1": 86, "hvc1": 86, "av01": 86, "Opus": 36,
}

// replace gives every box of that name in boxes another payload.
func replace(boxes []byte, name string, payload []byte) []byte {
	var out []byte
	for len(boxes) >= 8 {
		size := binary.BigEndian.Uint32(boxes)
		box, kind := boxes[:size], string(boxes[4:8])
		boxes = boxes[size:]
		start := len(out)
		switch skip := nested[kind]; {
		case kind == name:
			out = append(append(out, box[:8]...), payload...)
		case skip > 0:
			out = append(append(out, box[:skip]...), replace(box[skip:], name, payload)...)
		default:
			out = append(out, box...)
		}
		binary.BigEndian.PutUint32(out[start:], uint32(len(out)-start))
	}
	return out
}
