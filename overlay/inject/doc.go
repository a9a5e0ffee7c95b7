// Package inject puts cues into the media on its way to one destination: as AMF0
// data messages, as SEI in H.264 and HEVC, or both.
//
// A [Track] holds the cues of one stream in the order of their media time. An
// [Injector] is what one destination wants of it; it is given the source of each
// connection and returns one that reads the same, with the cues in it. Fifty
// destinations that want the same share what is made: a frame with SEI is made
// once. Where nothing is due a packet costs a comparison.
//
// # When
//
// A cue of media time T goes out with the first frame later than T: as SEI within
// the first such video frame, as AMF0 before the first such audio or video frame,
// or right after it if that is a keyframe, so that nothing stands between headers
// and their keyframe. With pictures that is one frame late; while a hold repeats
// its picture once a second, SEI is up to a second late. A destination that skips
// groups of pictures gets what it missed with the frame at which it resumes. Each
// change goes out exactly once in the life of a connection, in order, at most
// [MaxPerFrame] with one frame.
//
// A connection begins with what runs, in its first keyframe (SEI) and right after
// it (AMF0), and not with how that came about. What runs is repeated at each multiple of [RepeatEvery]
// on the stream's timeline, for all connections in the same frame.
//
// How many cues a second there may be is for those to say who add them.
//
// # How
//
// SEI is user_data_unregistered (ITU-T H.264 and H.265, annex D): [UUID], then the
// cue's JSON, in a NAL unit of its own right before the first slice. All other
// bytes stay as they are. Frames without a place for it pass untouched: other
// codecs, multitrack bodies, and what cannot be read.
//
// AMF0 is two messages a cue, never within @setDataFrame: onCuePoint with name,
// time (in seconds on the stream's timeline), type "event" and parameters id,
// revision and data, which is the JSON; and onTextData with the JSON as text.
// Receivers take them in different ways. nginx-rtmp drops them; ffmpeg 5.1, when it
// meets data in the first 1.5 s of a stream, shows it as a track of text, which
// its HLS muxer then refuses unless told which tracks to take (-map 0:v -map 0:a).
//
// What does not belong here: what a cue means, and when there is one (overlay);
// sockets and clocks of connections (relay/destination).
package inject
