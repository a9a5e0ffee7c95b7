package playback

import (
	"time"

	"github.com/hawker-live/hawker/relay/stream"
)

// loss is what of a broadcast could not be packaged in time: the machine was too
// slow, or somebody who was asked for cues.
type loss struct {
	conf   *Config
	source *stream.Cursor
	seen   uint64
	logged time.Time
	quiet  uint64 // packets lost since then
}

// lossLogged is how often losses are logged at most.
const lossLogged = time.Minute

// more tells whether packets were lost since the last call, and counts them.
func (l *loss) more() bool {
	lost := l.source.Dropped() - l.seen
	if lost == 0 {
		return false
	}
	l.seen += lost
	l.quiet += lost
	l.conf.Metrics.dropped.WithLabelValues(l.conf.Stream).Add(float64(lost))
	if now := time.Now(); now.Sub(l.logged) >= lossLogged {
		l.conf.Logger.Warn("viewers miss some of a stream: it could not be packaged in time", "packets", l.quiet)
		l.logged, l.quiet = now, 0
	}
	return true
}
