// Package stream keeps one live stream in memory and hands it to many readers.
//
// A Stream is what is configured; a Broadcast is one show on it: a bounded ring
// of immutable packets, with the headers in force beside it. A Publisher
// appends and never waits. Every reader has a Cursor and reads at its own pace:
// one that falls behind jumps to the newest keyframe, whole groups of pictures
// at a time, audio and video together. Memory is the ring, however many read.
//
// A packet's way: Publisher.Write (publisher.go) puts it on the stream's
// timeline and appends it to the ring (broadcast.go); Cursor.Next (cursor.go)
// hands it on.
//
// Belongs here: packets, their order and their time. Does not: sockets, who may
// publish, when a broadcast ends.
package stream
