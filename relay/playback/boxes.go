package playback

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// Tracks have fixed numbers, whether or not both are there.
const (
	videoID = 1
	audioID = 2
)

// videoScale is in ticks per second; a tick is less than the nanoseconds of
// packet times would allow, and all that decoders need.
const videoScale = 90000

func videoTicks(t time.Duration) int64 { return int64(t) * 9 / 100_000 }

// header is what comes before the fragments of a set of tracks: ftyp and moov.
type header struct {
	number       int // within the session
	data         []byte
	video, audio *track // nil for none
}

// newHeader makes the boxes. The decoder configurations in them are those that
// the encoder sent, with all their parameter sets.
func newHeader(number int, video, audio *track) (h *header, err error) {
	defer contain(&err)
	h = &header{number: number, video: video, audio: audio}
	var boxes fmp4.Init
	if video != nil {
		boxes.Tracks = append(boxes.Tracks, &fmp4.InitTrack{ID: videoID, TimeScale: video.timescale, Codec: video.codec})
	}
	if audio != nil {
		boxes.Tracks = append(boxes.Tracks, &fmp4.InitTrack{ID: audioID, TimeScale: audio.timescale, Codec: audio.codec})
	}
	var out seekablebuffer.Buffer
	if err := boxes.Marshal(&out); err != nil {
		return nil, unsupported("%v", err)
	}
	h.data = out.Bytes()
	for _, t := range []*track{video, audio} {
		if t != nil && t.config != nil {
			h.data = replace(h.data, t.box, t.config)
		}
	}
	return h, nil
}

// codecs is the value of CODECS and of the MIME parameter.
func (h *header) codecs() string {
	switch {
	case h.video == nil:
		return h.audio.mime
	case h.audio == nil:
		return h.video.mime
	}
	return h.video.mime + "," + h.audio.mime
}

// contentType is that of the whole feed.
func (h *header) contentType() string {
	kind := "video/mp4"
	if h.video == nil {
		kind = "audio/mp4"
	}
	return fmt.Sprintf(`%s; codecs="%s"`, kind, h.codecs())
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
