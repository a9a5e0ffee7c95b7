// Package admin is the operator's HTTP face: metrics, health, the state of
// streams and destinations, and the few calls that change it.
//
// Belongs here: what operators and their tools ask over HTTP. Does not: pages
// for viewers, which live on another listener, and anything that a stranger
// may call. Listen on a loopback address unless a proxy guards it.
//
// Reading needs no token, so that Prometheus and scripts work at once; every
// changing call needs the bearer token. No answer holds a stream key.
package admin
