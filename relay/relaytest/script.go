package relaytest

import (
	"slices"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Script is how a platform treats one connection. The zero value takes the
// stream in and behaves.
type Script struct {
	// Greeting is said before anything is read, in plain text, as servers of
	// other protocols do.
	Greeting string
	// Silent is the step that is never answered: rtmp.StepTLS, StepHandshake,
	// StepConnect, StepCreateStream or StepPublish. The connection stays open
	// and what comes in is read and dropped.
	Silent rtmp.Step
	// Refuse is said at a step instead of yes; nil refuses nothing.
	Refuse *Refuse
	// StallAt is where the platform stops reading; it goes on StallFor later,
	// or after Session.Resume or Platform.Resume.
	StallAt  Point
	StallFor time.Duration
	// DieAt is where the platform ends the connection, with RST, or with FIN
	// if DieSoftly is set.
	DieAt     Point
	DieSoftly bool
	// Acks is how bytes are acknowledged.
	Acks Acks
	// Quirks are answers as some servers give them.
	Quirks Quirks
}

// Point is a place in a connection's life. What comes first counts; the zero
// value never comes.
type Point struct {
	// Byte is after so many bytes on the wire, TLS included, from the first.
	Byte int64
	// Message is after so many audio, video and data messages.
	Message int
	// After is so long after the stream was let in.
	After time.Duration
}

// Refuse is how a platform says no. It closes the connection afterwards (FIN).
type Refuse struct {
	// At is rtmp.StepConnect, StepCreateStream or StepPublish.
	At rtmp.Step
	// Code and Description are what is said.
	Code, Description string
}

// Acks is how a platform acknowledges bytes. The zero value does it as the
// protocol wants: the total, once per window.
type Acks struct {
	// Never acknowledges nothing.
	Never bool
	// Fixed, when not 0, is what is said each time instead of the total, every
	// 128 KiB. (Some server was seen to send 131,325 each time.)
	Fixed uint32
}

// fixedAckEvery is the distance in bytes between acknowledgements of Acks.Fixed.
const fixedAckEvery = 128 << 10

// Quirks are oddities of servers that a client has to live with.
type Quirks struct {
	// NoOnFCPublish leaves FCPublish without an answer.
	NoOnFCPublish bool
	// NullInfo answers connect with null in place of both objects.
	NullInfo bool
	// ErrorReleaseStream answers _error to releaseStream and FCPublish.
	ErrorReleaseStream bool
	// MuteReleaseStream answers releaseStream not at all.
	MuteReleaseStream bool
	// LateControls sends window size, bandwidth and chunk size after connect's
	// answer, bandwidth first.
	LateControls bool
	// NoControls sends none of these.
	NoControls bool
	// BWDone sends onBWDone after connect's answer, as Flash servers do.
	BWDone bool
	// StatusOnStreamZero sends onStatus on message stream 0.
	StatusOnStreamZero bool
	// BareStatus sends onStatus without the null before the information.
	BareStatus bool
	// ResetFirst sends onStatus NetStream.Publish.Reset before the Start.
	ResetFirst bool
	// Ping sends a ping request after each so many messages; 0 sends none.
	Ping int
	// ChunkSize is announced and used for what the platform says: 4096.
	ChunkSize uint32
	// StreamID is what createStream is answered with: 1.
	StreamID uint32
}

// RefuseAt refuses at a step of the dialogue.
func RefuseAt(step rtmp.Step, code, description string) Script {
	return Script{Refuse: &Refuse{At: step, Code: code, Description: description}}
}

// BadName says that the key is in use.
func BadName() Script {
	return RefuseAt(rtmp.StepPublish, rtmp.CodeBadName, "the stream is already published")
}

// Denied says that the key may not publish.
func Denied() Script { return RefuseAt(rtmp.StepPublish, rtmp.CodeDenied, "no such stream key") }

// Rejected refuses at connect.
func Rejected() Script {
	return RefuseAt(rtmp.StepConnect, rtmp.CodeRejected, "this application is not open")
}

// SilentAt never answers a step.
func SilentAt(step rtmp.Step) Script { return Script{Silent: step} }

// DieAtByte ends the connection with RST after n bytes.
func DieAtByte(n int64) Script { return Script{DieAt: Point{Byte: n}} }

// StallAtMessage stops reading after n messages.
func StallAtMessage(n int) Script { return Script{StallAt: Point{Message: n}} }

// Times is n times the same, for Platform.Then.
func Times(n int, s Script) []Script { return slices.Repeat([]Script{s}, n) }
