// Package record writes a stream's broadcasts into files, and gives them back.
//
// A [Recorder] reads a cursor of its own on the stream's ring, as a destination
// does, and makes files of what it reads: fragmented MP4, or FLV with the tags as
// they came. It never holds the stream up. When the disk is slow, whole groups of
// pictures are left out; when it is full, recording pauses and the stream goes
// on.
//
// # Files
//
// In the folder there is one for each stream. A broadcast is a file there named
// after its beginning, 2026-11-26T19-30-05Z.mp4, and if it has more parts, they
// are 2026-11-26T19-30-05Z-002.mp4 and so on: a part ends where it is long
// enough, where codec parameters change and after an error, and each begins with
// a keyframe at time 0. Beside each is what is known of it, in a .json: when it
// began on the stream's timeline and on the clock, and later its length, so that
// what happened in the show can be found in the file.
//
// # What a crash leaves
//
// Whole fragments, of 0.4 s, and whole tags are handed to the kernel at once, and
// the disk is told to keep them each second. So a killed process loses less than
// a second, and a power cut little more. What was torn is cut off at the next
// start, and what is known of the file is completed: see mend.go, and finish.go,
// which closes all files, whether or not there was a crash.
//
// # Replay
//
// A [Shelf] lists what there is and serves it over HTTP. It knows files only, not
// recorders.
//
// Browsers do not play FLV: a viewer gets the MP4 file that could be made of it,
// whose fragments are made as they are read. See reel.go.
//
// What does not belong here: pages and players, offers, and how fragments are
// made, which relay/media/fmp4 knows.
package record
