// Package media knows what the packets of a stream are: their kind, their
// codec, whether decoding can start at them, and what a sequence header says of
// picture and sound. It reads the first bytes of FLV tag bodies, which are also
// the bodies of RTMP audio and video messages, in the classic form (FLV 10.1)
// and in the enhanced one (Enhanced RTMP v1 and v2, "E-RTMP" in the comments).
//
// Here belong packets, tag bodies and decoder configurations. Sockets, files,
// clocks, chunks and AMF do not: files are package flv's, AMF is package rtmp's.
//
// All bytes come from strangers. No function panics on them, keeps them or
// changes them; the Inspect functions do not allocate.
package media
