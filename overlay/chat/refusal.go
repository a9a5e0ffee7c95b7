package chat

import (
	"fmt"
	"time"
)

// Reason is why something was not taken, in a word for programs and metrics.
type Reason string

// Why a message was not taken.
const (
	Malformed   Reason = "malformed"   // an empty text, characters that it may not have, no viewer
	TooLong     Reason = "too_long"    // text or nickname
	Name        Reason = "name"        // a nickname that it may not be
	NameTaken   Reason = "name_taken"  // the host's nickname, or one that looks like it
	Words       Reason = "words"       // a blocked word
	Rate        Reason = "rate"        // too many messages of one viewer
	Address     Reason = "address"     // too many from one address
	Slow        Reason = "slow"        // too early in slow mode
	Busy        Reason = "busy"        // too many messages of all
	Muted       Reason = "muted"       // for a time
	Banned      Reason = "banned"      // until it is lifted
	Off         Reason = "off"         // no chat is wanted now
	Unavailable Reason = "unavailable" // it could not be written down
)

// reasons are all of them, for metrics.
var reasons = []Reason{Malformed, TooLong, Name, NameTaken, Words, Rate, Address, Slow, Busy, Muted, Banned, Off, Unavailable}

// Refusal says to a viewer why something was not taken.
type Refusal struct {
	Reason Reason
	// Text is for people.
	Text string
	// After is when to try again; 0 is not to.
	After time.Duration
}

func (r *Refusal) Error() string { return r.Text }

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Text: fmt.Sprintf(format, args...)}
}

func later(reason Reason, after time.Duration, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Text: fmt.Sprintf(format, args...), After: after}
}
