package preflight

import (
	"fmt"
	"time"
)

// Upload is how a connection keeps up with its stream.
type Upload struct {
	// In and Out are what the encoder sends and what the platform takes, in
	// bits per second.
	In, Out float64
	// Connected is for how long; 0 when it is not.
	Connected time.Duration
	// Lag is how far sending is behind, beyond the wanted delay.
	Lag time.Duration
	// Dropped is how many packets were skipped while it was looked at.
	Dropped uint64
}

// What a connection may be behind before it is told: less is a keyframe on its
// way.
const (
	tooLate = time.Second
	tooLow  = 0.85
)

// settled is from when on a connection's rate is that of the stream, and not of
// what it had to catch up with.
const settled = 10 * time.Second

// CheckUpload returns what is wrong with a connection; none is fine.
func CheckUpload(u Upload) []Problem {
	low := u.Connected >= settled && u.In > 0 && u.Out < tooLow*u.In
	if u.Connected == 0 || u.Lag < tooLate && u.Dropped == 0 && !low {
		return nil
	}
	text := fmt.Sprintf("It takes %.1f of %.1f Mb/s and is %.1f s behind", u.Out/1e6, u.In/1e6, u.Lag.Seconds())
	if u.Dropped > 0 {
		text += fmt.Sprintf("; %d packets were skipped meanwhile", u.Dropped)
	}
	return []Problem{{Warning, SlowUpload, text + ".",
		"If others are behind too, this machine's upload is too slow. OBS: Settings > Output > Streaming > Bitrate: less, " +
			"or send to fewer destinations; if not, choose another server of the platform"}}
}
