// Package flv reads and writes FLV files (FLV 10.1 annex E), tag by tag.
//
// Here belongs the file: its header, the tags' headers and sizes. What the tags'
// bodies mean does not: package media tells that of audio and video, and data
// tags are AMF0, which is package rtmp's.
package flv

import "github.com/hawker-live/hawker/relay/media"

// MaxBody is the size of the largest tag body in bytes, all that the 24-bit
// field can say: 16 MiB less one.
const MaxBody = 1<<24 - 1

// Sizes in bytes.
const (
	fileHeaderSize = 9  // E.2
	tagHeaderSize  = 11 // E.4.1
	tagSizeSize    = 4  // PreviousTagSize, E.3
)

// Tag is one tag of a file.
type Tag struct {
	// Kind is the track: audio, video, or data for a script tag.
	Kind media.Kind
	// Time is the decoding time in ms; it wraps around after 2^32 ms.
	Time uint32
	// Body is what follows the tag's header, at most MaxBody bytes. The same
	// bytes make an RTMP message's body.
	Body []byte
}
