// Package relay assembles the media plane: listeners, streams and their
// destinations, out of packages rtmp, stream and destination.
//
// Belongs here: who may publish, what happens when a publisher comes, drops or
// says goodbye, and applying a new configuration without touching what stayed
// the same. It is the only room that knows of holding and of taking over.
// Does not: bytes on the wire (rtmp), packets in order (stream), one egress
// (destination), offers (overlay).
package relay
