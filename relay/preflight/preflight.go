package preflight

import (
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/platform"
)

// Severity is how bad a problem is.
type Severity string

// The severities.
const (
	// Warning is for what the platform takes, but not as well as it could, or
	// not for long.
	Warning Severity = "warning"
	// Refused is for what the platform will not take, by what it says itself.
	Refused Severity = "refused"
)

// Severities returns both, the worse one first.
func Severities() []Severity { return []Severity{Refused, Warning} }

// Code names a problem for programs. It stays the same when words change.
type Code string

// The codes.
const (
	VideoMissing     Code = "video_missing"
	VideoCodec       Code = "video_codec"
	VideoBitrate     Code = "video_bitrate"
	VideoLevel       Code = "video_level"
	FrameRate        Code = "frame_rate"
	KeyframeInterval Code = "keyframe_interval"
	Orientation      Code = "orientation"
	AudioMissing     Code = "audio_missing"
	AudioCodec       Code = "audio_codec"
	AudioBitrate     Code = "audio_bitrate"
	AudioSampleRate  Code = "audio_sample_rate"
	BroadcastLength  Code = "broadcast_length"
	KeyAge           Code = "key_age"
	SlowUpload       Code = "slow_upload"
	Metadata         Code = "metadata"
)

// Problem is one thing that a platform will not like.
type Problem struct {
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	// Text says what is wrong, in a sentence.
	Text string `json:"text"`
	// Fix says what to do, in the terms of OBS where it is done there.
	Fix string `json:"fix"`
}

// Window is how long a stream must be measured before its bitrates, and what it
// does not send, can be judged. What is wrong at once is told at once.
const Window = 10 * time.Second

// Stream is what was measured of a stream that is live. Zero values are not
// known.
type Stream struct {
	// Span is how much of it was measured.
	Span time.Duration
	// Video and Audio are what the headers say; nil without any.
	Video *media.VideoConfig
	Audio *media.AudioConfig
	// VideoBitrate and AudioBitrate are means in bits per second.
	VideoBitrate, AudioBitrate float64
	// FrameRate is in frames per second.
	FrameRate float64
	// KeyframeInterval is the longest.
	KeyframeInterval time.Duration
}

// Facts are all that a judgement rests on.
type Facts struct {
	Platform platform.Platform
	// Stream is nil when none is live.
	Stream *Stream
	// On is for how long the broadcast has been on; 0 when none is.
	On time.Duration
	// KeyAge is for how long the stream key has been known; 0 when it is not
	// known for how long.
	KeyAge time.Duration
	// Accepted is whether the platform has taken the stream key and is connected
	// now: then the key has not expired, whatever its age.
	Accepted bool
	// Metadata is whether cues are put into the stream for the platform.
	Metadata bool
}

// Check returns the problems, the worst ones first; none is fine.
func Check(f Facts) []Problem {
	c := &checker{platform: f.Platform}
	if f.Stream != nil {
		c.video(*f.Stream)
		c.audio(*f.Stream)
	}
	c.length(f)
	c.key(f)
	if f.Metadata && c.platform.Social {
		c.warn(Metadata, "Metadata is put into the stream, and "+c.platform.Name+" is not known to hand it to viewers.",
			"Take metadata: away from this destination: viewers there see the overlay in the picture, and click the links in the chat")
	}
	return append(c.refused, c.warnings...)
}

// checker gathers problems.
type checker struct {
	platform          platform.Platform
	refused, warnings []Problem
}

func (c *checker) refuse(code Code, text, fix string) {
	c.refused = append(c.refused, Problem{Refused, code, text, fix})
}

func (c *checker) warn(code Code, text, fix string) {
	c.warnings = append(c.warnings, Problem{Warning, code, text, fix})
}

// Count is how many of the problems are of a severity.
func Count(problems []Problem, s Severity) int {
	n := 0
	for _, p := range problems {
		if p.Severity == s {
			n++
		}
	}
	return n
}
