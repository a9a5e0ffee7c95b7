package destination

import (
	"encoding/json"
	"strings"
	"time"
)

// State says how a destination is doing. Its text is the one in JSON and
// metrics; String is the one for people.
type State string

// The states.
const (
	Off        State = "off"         // disabled
	Idle       State = "idle"        // enabled, and no broadcast is on
	Connecting State = "connecting"  // from the dial until the platform has acknowledged media
	Live       State = "live"        // media was acknowledged in the last 5 s, or none was due
	Stalled    State = "stalled"     // connected, but nothing was acknowledged for 5 s
	BackingOff State = "backing_off" // waiting to try again
	Refused    State = "refused"     // the platform said no; tried again now and then
)

// States returns every state.
func States() []State {
	return []State{Off, Idle, Connecting, Live, Stalled, BackingOff, Refused}
}

// String returns the state in words.
func (s State) String() string { return strings.ReplaceAll(string(s), "_", " ") }

// Status is what is known of a destination. Figures are at most 0.5 s old.
type Status struct {
	Stream string `json:"stream"`
	Name   string `json:"name"`
	// Enabled is what the configuration, or the operator after it, wants.
	Enabled bool  `json:"enabled"`
	State   State `json:"state"`
	// Since is when State began.
	Since time.Time `json:"since"`
	// Error is why the destination is not live, or why it was last
	// interrupted, and what to do. It is empty again after a minute of health
	// and when the next broadcast begins. It never holds a key.
	Error string `json:"error,omitempty"`
	// Attempt counts the tries since the destination was last live, from 1.
	Attempt int `json:"attempt"`
	// NextTry is when the wait ends; zero when there is none.
	NextTry time.Time `json:"next_try,omitzero"`
	// Remote is the platform's address as host:port, while connected.
	Remote string `json:"remote,omitempty"`
	// ConnectedSince is when the platform agreed to take the stream; zero
	// when not connected.
	ConnectedSince time.Time `json:"connected_since,omitzero"`
	// SentBytes and AckedBytes are written and acknowledged since the
	// destination was made, protocol included.
	SentBytes  uint64 `json:"sent_bytes"`
	AckedBytes uint64 `json:"acked_bytes"`
	// BitrateOut is what was acknowledged in the last 5 s, in bits per second.
	BitrateOut float64 `json:"bitrate_out"`
	// Dropped counts packets skipped because the platform was too slow.
	Dropped uint64 `json:"dropped"`
	// Reconnects counts connections after the first one of each broadcast.
	Reconnects uint64 `json:"reconnects"`
	// Lag is how far sending is behind the broadcast, beyond the wanted delay.
	// In JSON it is lag_seconds.
	Lag time.Duration `json:"-"`
}

// plainStatus is Status without its methods, for encoding/json.
type plainStatus Status

type jsonStatus struct {
	plainStatus
	LagSeconds float64 `json:"lag_seconds"`
}

// MarshalJSON writes durations as seconds.
func (s Status) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonStatus{plainStatus(s), s.Lag.Seconds()})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (s *Status) UnmarshalJSON(b []byte) error {
	var j jsonStatus
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Status(j.plainStatus)
	s.Lag = time.Duration(j.LagSeconds * float64(time.Second))
	return nil
}
