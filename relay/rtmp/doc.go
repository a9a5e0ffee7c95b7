// Package rtmp speaks RTMP and RTMPS: it takes publishers in (Server) and
// publishes to other servers (Dialer, Publisher).
//
// The simple handshake, the message types and the AMF0 codec come from
// github.com/yutopp/go-rtmp and go-amf0, which only this package imports. The
// chunk layer and the two dialogues are its own, because they carry the limits:
// nothing that a peer sends makes the process grow, hang or end. What a peer
// can send is bounded by Limits; AMF0 is rewritten by clean before the codec
// sees it.
//
// Belongs here: bytes, chunks, messages, commands, deadlines, TLS. Does not:
// who may publish, when to connect again, what a stream is. Those are told
// through ServerConfig.Publish and live in packages relay and destination.
//
// A video frame comes in through Conn.ReadMessage (conn.go, chunk_reader.go)
// and session.media (session.go), and goes out through
// Publisher.TryWrite (try.go) or, where it may have to wait, Publisher.Write
// (publisher.go) and chunkWriter (chunk_writer.go).
//
// Section numbers in comments are those of Adobe's "Real Time Messaging
// Protocol" 1.0 of December 2012.
package rtmp
