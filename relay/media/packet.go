package media

import "time"

// Kind says which track of a stream a packet belongs to. The values are the
// RTMP message type IDs and FLV tag types of the same meaning (RTMP 1.0
// section 7.1, FLV 10.1 section E.4.1).
type Kind uint8

// The kinds of packet that a stream carries.
const (
	Audio Kind = 8
	Video Kind = 9
	Data  Kind = 18
)

// String returns the kind's name as metrics and the API show it.
func (k Kind) String() string {
	switch k {
	case Audio:
		return "audio"
	case Video:
		return "video"
	case Data:
		return "data"
	}
	return "unknown"
}

// Packet is one FLV tag body with its place on the stream's timeline. A packet
// is immutable once it has been published: many readers share its Body.
type Packet struct {
	// Kind is the track.
	Kind Kind
	// Keyframe marks a video packet at which decoding can start.
	Keyframe bool
	// Header marks what a decoder needs before the first frame and what stays
	// in force until the next one: an audio or video sequence header, or
	// (Kind Data) the stream's onMetaData.
	Header bool
	// First marks what a publisher goes on air with: how much later it is than
	// the packet before was told by the wall clock.
	First bool
	// Time is the decoding time on the stream's timeline: monotonic for the
	// life of the stream, in whole milliseconds.
	Time time.Duration
	// Arrived is when the last byte of the packet was received.
	Arrived time.Time
	// Body is the FLV tag body (for Data: the AMF0 values without a leading
	// @setDataFrame), shared and never changed.
	Body []byte
}
