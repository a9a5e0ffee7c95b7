package preflight

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Encoders keep a bitrate on average only, so a limit counts as kept up to
// slack. Up to gross, platforms have been seen to let it pass, and drop it in
// the next scene with more movement.
const (
	slack = 1.05
	gross = 1.15
)

// keyframeSlack is for what rounding to whole frames, and an encoder that looks
// for scene cuts, make of an interval.
const keyframeSlack = 250 * time.Millisecond

func (c *checker) video(s Stream) {
	if s.Video == nil {
		if c.platform.Social && s.Span >= Window {
			c.warn(VideoMissing, "The stream has no picture; "+c.platform.Name+" may not begin a show without one.",
				"OBS: look at the preview; the encoder sends audio alone")
		}
		return
	}
	c.codec(s)
	c.videoBitrate(s)
	c.keyframes(s)
	c.picture(s)
}

func (c *checker) codec(s Stream) {
	takes := c.platform.Limits.Codecs
	if codec := s.Video.Codec; len(takes) > 0 && !slices.Contains(takes, codec.String()) {
		c.refuse(VideoCodec, fmt.Sprintf("The video is %s; %s takes %s.", codec, c.platform.Name, list(takes)),
			"OBS: Settings > Output > Streaming > Video Encoder: one for "+list(takes))
	}
}

func (c *checker) videoBitrate(s Stream) {
	limit := c.platform.Limits.VideoKbps(s.Video.Width, s.Video.Height, s.FrameRate)
	fix := fmt.Sprintf("OBS: Settings > Output > Streaming > Bitrate: %d Kbps", limit)
	of := ""
	if len(c.platform.Limits.Sizes) > 0 && limit != c.platform.Limits.MaxVideoKbps {
		of = fmt.Sprintf(" of %dx%d at %.3g frames a second", s.Video.Width, s.Video.Height, s.FrameRate)
	}
	c.bitrate(s, VideoBitrate, "video", s.VideoBitrate, limit, of, fix)
}

// bitrate is for video and audio alike. of says for what the limit holds.
func (c *checker) bitrate(s Stream, code Code, what string, bitsPerSecond float64, limit int, of, fix string) {
	measured, most := bitsPerSecond/1000, float64(limit)
	if limit == 0 || s.Span < Window || measured <= most*slack {
		return
	}
	text := fmt.Sprintf("The %s has %.0f kb/s; %s takes %d kb/s%s.", what, measured, c.platform.Name, limit, of)
	if measured > most*gross {
		c.refuse(code, text, fix)
	} else {
		c.warn(code, text, fix)
	}
}

func (c *checker) keyframes(s Stream) {
	l := c.platform.Limits
	most, wanted := l.MaxKeyframeInterval, l.RecommendedKeyframeInterval
	if wanted == 0 {
		wanted = most
	}
	text := fmt.Sprintf("Keyframes are up to %.1f s apart; ", s.KeyframeInterval.Seconds()) + c.platform.Name
	fix := fmt.Sprintf("OBS: Settings > Output > Streaming > Keyframe Interval: %.0f s", wanted.Seconds())
	switch {
	case most > 0 && s.KeyframeInterval > most+keyframeSlack:
		c.refuse(KeyframeInterval, fmt.Sprintf("%s takes at most %.0f s.", text, most.Seconds()), fix)
	case wanted > 0 && s.KeyframeInterval > wanted+keyframeSlack:
		c.warn(KeyframeInterval, fmt.Sprintf("%s asks for %.0f s.", text, wanted.Seconds()), fix)
	}
}

// picture looks at rate, level and shape.
func (c *checker) picture(s Stream) {
	l, v := c.platform.Limits, s.Video
	if l.MaxFrameRate > 0 && s.FrameRate > l.MaxFrameRate*slack {
		c.refuse(FrameRate, fmt.Sprintf("The video has %.3g frames a second; %s takes at most %.0f.", s.FrameRate, c.platform.Name, l.MaxFrameRate),
			fmt.Sprintf("OBS: Settings > Video > Common FPS Values: %.0f", l.MaxFrameRate))
	}
	if v.Codec == "H264" && levelAbove(v.Level, l.MaxLevel) {
		c.warn(VideoLevel, fmt.Sprintf("The video is of level %s (size times frame rate); %s says it takes up to %s.", v.Level, c.platform.Name, l.MaxLevel),
			"OBS: Settings > Video > Output (Scaled) Resolution: 1920x1080 or less, and Common FPS Values: 60 or less")
	}
	if l.Portrait && v.Width > v.Height {
		c.warn(Orientation, fmt.Sprintf("The picture lies (%dx%d); %s shows upright ones.", v.Width, v.Height, c.platform.Name),
			"OBS: Settings > Video > Output (Scaled) Resolution: 720x1280, if this platform is the one that matters")
	}
}

// levelAbove compares levels such as 4.1 and 4.2; 1b, and what is not known, is
// above none.
func levelAbove(level, most string) bool {
	a, err := strconv.ParseFloat(level, 64)
	b, unknown := strconv.ParseFloat(most, 64)
	return err == nil && unknown == nil && a > b
}

// list is "H264, HEVC or AV1".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
