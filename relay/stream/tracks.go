package stream

import (
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Audio without video has no keyframes: decoding can begin anywhere. Once
// nothing but audio has come for this long or this many packets there is no
// video to wait for, and a start point a second is enough.
const (
	audioOnlyAfter   = time.Second
	audioOnlyPackets = 50
	audioStartEvery  = time.Second
)

// tracks is what a publisher has been seen to send.
type tracks struct {
	video bool
	audio int       // packets
	since time.Time // when the first packet came
}

func (t *tracks) see(p *media.Packet) {
	if t.since.IsZero() {
		t.since = p.Arrived
	}
	switch p.Kind {
	case media.Video:
		t.video = true
	case media.Audio:
		t.audio++
	}
}

// audioOnly reports whether it is clear at now that there is no video.
func (t *tracks) audioOnly(now time.Time) bool {
	return !t.video && (t.audio >= audioOnlyPackets || now.Sub(t.since) >= audioOnlyAfter)
}
