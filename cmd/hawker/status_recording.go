package main

import (
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay"
)

// recordingLine tells of a stream's recording; empty when there is nothing to
// tell.
func recordingLine(s relay.StreamStatus, now time.Time) string {
	r := s.Recording
	switch {
	case r == nil:
		return ""
	case r.Error != "" && s.State == relay.Idle:
		return fmt.Sprintf("! recording failed %s ago: %s", since(r.Failed, now), r.Error)
	case r.Error != "":
		return fmt.Sprintf("! nothing is recorded: %s (%s ago; it is tried again all the time, and the stream goes on)", r.Error, since(r.Failed, now))
	case r.File != "":
		return fmt.Sprintf("recording %s for %s, %s", r.File, since(r.Since, now), size(uint64(r.Bytes)))
	}
	return ""
}
