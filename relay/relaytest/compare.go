package relaytest

import (
	"fmt"
	"time"
)

// Compare tells whether a platform got what an encoder sent: from its first
// keyframe on (first audio frame where no video was sent) every audio and video
// message, byte for byte, in order, with nothing missing up to the last one it
// got. Before the keyframe may stand the headers then in force, and nothing
// else. Times and data messages are not compared; see CompareTimes and Payload.
//
// That all has arrived is for the caller to wait for: Session.WaitFor with the
// hash of the last message sent.
func Compare(sent []Sent, got []Received) error {
	gaps, err := Gaps(sent, got)
	if err != nil || len(gaps) == 0 {
		return err
	}
	g := gaps[0]
	return fmt.Errorf("got[%d] is %v: %d messages are missing before it, the first is sent[%d], %v",
		g.Got, got[g.Got].Payload, g.Missing, g.Sent, sent[g.Sent].Payload)
}

// Gap is a place where messages were left out.
type Gap struct {
	// Sent is the index of the first message left out, Missing how many audio
	// and video messages were, and Got the index of the message after the gap.
	Sent, Missing, Got int
}

// Gaps is Compare for a destination that was allowed to drop whole groups of
// pictures: it returns the gaps, and an error if one does not end at a keyframe
// or anything else is wrong. Headers may be sent again after a gap.
func Gaps(sent []Sent, got []Received) ([]Gap, error) {
	m := match(sent, got)
	if m.err != nil {
		return nil, m.err
	}
	return m.gaps, checkHeaders(sent, got, m.pairs[0])
}

// CompareTimes tells whether a platform's clock ran as the encoder's did: each
// message's distance from the first keyframe, in audio and in video, is the one
// it was sent with, give or take the tolerance.
func CompareTimes(sent []Sent, got []Received, tolerance time.Duration) error {
	m := match(sent, got)
	if m.err != nil {
		return m.err
	}
	first := m.pairs[0]
	for _, p := range m.pairs {
		// Modulo 2^32, as both clocks are.
		off := int32(got[p.got].Time - got[first.got].Time - (sent[p.sent].Time - sent[first.sent].Time))
		if d := time.Duration(off) * time.Millisecond; d.Abs() > tolerance {
			return fmt.Errorf("got[%d] is %v: its time is %v off, counted from the first keyframe; sent as %v", p.got, got[p.got].Payload, d, sent[p.sent].Payload)
		}
	}
	return nil
}
