// Package relay assembles the media plane: listeners, streams, their destinations
// and their recordings, out of packages rtmp, stream, destination and record.
//
// Belongs here: who may publish, what happens when a publisher comes, drops or
// says goodbye, and applying a new configuration without touching what stayed
// the same. It is the only room that knows of holding and of taking over.
// Does not: bytes on the wire (rtmp), packets in order (stream), one egress
// (destination), files (record), offers (overlay).
package relay
