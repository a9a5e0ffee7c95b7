// Package playback shows a stream to browsers: as fragmented MP4 over one HTTP
// response for each viewer, which a page appends to a MediaSource as it comes
// (about a second behind), and as low-latency HLS for native players, other
// people's players and CDNs (RFC 8216bis).
//
// # The way of a packet
//
// While there are viewers, one goroutine for each stream reads a cursor of the
// ring (session.go), makes samples of packets (packager.go), and cuts them into
// fragments, parts and segments (cutter.go), which it puts on a shelf
// (shelf.go). All that is served is taken from there. A fragment is a moof and an
// mdat of about one video frame, and is made once: a part of 200 ms is the
// fragments of that time one after the other, a segment is its parts. A viewer
// is a place on the shelf, and one wake-up is for all of them.
//
// # Time
//
// In all that is served, baseMediaDecodeTime divided by the track's timescale is
// the time of the stream's timeline: Packet.Time, exactly for video, within the
// rounding of a millisecond for audio. A player's currentTime is the stream's
// media time as soon as its SourceBuffer has taken the first fragment. There
// are no edit lists: with B-frames the first picture is shown a little later
// than its decoding time. [Server.Epoch] says what the wall clock was at media
// time 0; EXT-X-PROGRAM-DATE-TIME and EXT-X-DATERANGE count from there.
//
// A frame is passed on when the next one has come, since only then its length is
// known: that costs one frame of delay, and leaves no hole when the next one is
// long in coming.
//
// A picture that lasts longer than a part may, without sound that could be in
// the parts after its own, is a segment without parts.
//
// # Changes under way
//
// New codec parameters count from the next keyframe on: in HLS as
// EXT-X-DISCONTINUITY with a new EXT-X-MAP, in the feed as ftyp and moov between
// fragments, for which a page must watch. What is repeated unchanged changes
// nothing. A gap in time without any media is a discontinuity too; the slate
// that a stream is held with leaves none. Samples of another codec than that of
// the newest header are left out, until theirs comes; sound that browsers cannot
// play leaves the picture alone, once there has been a picture for a while.
//
// What does not belong here: pages and players, who may publish, what an offer
// is. A [Timeline] brings cues as opaque bytes.
package playback
