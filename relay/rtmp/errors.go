package rtmp

import (
	"fmt"
	"strings"
)

// Refusal is a peer's answer that it will not take (or, on the server side, is
// not given) the stream.
type Refusal struct {
	// Code is the status code, such as NetStream.Publish.BadName.
	Code string
	// Description is for people. It never holds a key.
	Description string
}

// Status codes of refusals (section 7.2 and what servers use beside it).
const (
	CodeBadName  = "NetStream.Publish.BadName"
	CodeDenied   = "NetStream.Publish.Denied"
	CodeRejected = "NetConnection.Connect.Rejected"
)

func (r *Refusal) Error() string {
	if r.Description == "" {
		return r.Code
	}
	if r.Code == "" {
		return r.Description
	}
	return r.Code + ": " + r.Description
}

// BadName reports whether the key is taken: often by a session of our own that
// the peer has not yet noticed to be gone.
func (r *Refusal) BadName() bool { return strings.HasSuffix(r.Code, ".BadName") }

// Step is how far a dial came.
type Step string

// The steps of a dial, in order.
const (
	StepServer       Step = "server address"
	StepResolve      Step = "resolve"
	StepTCP          Step = "tcp connect"
	StepTLS          Step = "tls"
	StepHandshake    Step = "handshake"
	StepConnect      Step = "connect"
	StepCreateStream Step = "create stream"
	StepPublish      Step = "publish"
)

// DialError is why a dial failed, and where.
type DialError struct {
	// Step is the step that failed.
	Step Step
	// Host is the server's host and port; empty when the URL has none.
	Host string
	// Err is the cause; a *Refusal when the peer said no.
	Err error
}

func (e *DialError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("%s: %v", e.Step, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Host, e.Step, e.Err)
}

func (e *DialError) Unwrap() error { return e.Err }
