// Package preflight tells what a platform will make of a stream before its
// viewers do: what is measured of the stream is held against what the catalogue
// knows of the platform, and every problem comes with what to change in OBS.
//
// Belongs here: the judgement, as a function of facts. Does not: measuring
// (relay/stream), the facts of platforms (relay/platform), probing servers
// (cmd/hawker), clocks. What is not known is no problem.
package preflight
