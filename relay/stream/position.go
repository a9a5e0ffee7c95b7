package stream

import (
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// position is how far a stream has come on its timeline. It outlives broadcasts,
// as the timeline does.
type position struct {
	millis atomic.Int64 // of the newest picture, or sound where there is no picture, and one more; 0 before
	video  bool         // there has been a picture in the broadcast that is on; its mu guards this
}

// move follows the packets of a broadcast.
func (p *position) move(packet *media.Packet) {
	if packet.Header || packet.Kind == media.Data {
		return
	}
	p.video = p.video || packet.Kind == media.Video
	if p.video && packet.Kind != media.Video {
		return
	}
	p.millis.Store(packet.Time.Milliseconds() + 1)
}

// Position is the time of the newest video packet on the stream's timeline, or of
// the newest audio packet of a broadcast without video. Between broadcasts it is
// the last one's. There is none before the first packet.
func (s *Stream) Position() (at time.Duration, ok bool) {
	millis := s.position.millis.Load()
	return time.Duration(millis-1) * time.Millisecond, millis > 0
}
