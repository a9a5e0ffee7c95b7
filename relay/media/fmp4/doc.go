// Package fmp4 puts coded pictures and sound into fragmented MP4 (ISO/IEC
// 14496-12), and finds out how much of a file of such fragments is whole.
//
// Here belongs the container: headers made of the encoder's own codec headers,
// fragments of samples, an index of a finished file. What to put into a fragment,
// and when one is due, does not.
package fmp4
