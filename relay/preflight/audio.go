package preflight

import (
	"fmt"

	"github.com/hawker-live/hawker/relay/media"
)

// audio holds the sound to what every platform with an audience takes by RTMP,
// AAC at 44.1 or 48 kHz, and to its bitrate.
func (c *checker) audio(s Stream) {
	a, name := s.Audio, c.platform.Name
	switch {
	case a == nil && c.platform.Social && s.Span >= Window:
		c.warn(AudioMissing, "The stream has no sound; "+name+" may not begin a show without.",
			"OBS: Settings > Audio > Global Audio Devices: choose a device, or add a source of audio; silence will do")
	case a == nil:
		return
	case c.platform.Social && a.Codec != media.AAC:
		c.refuse(AudioCodec, fmt.Sprintf("The audio is %s; %s takes AAC.", a.Codec, name),
			"OBS: Settings > Output > Streaming > Audio Encoder: one for AAC")
	case c.platform.Social && a.SampleRate != 0 && a.SampleRate != 44100 && a.SampleRate != 48000:
		c.warn(AudioSampleRate, fmt.Sprintf("The audio has %g kHz; platforms ask for 44.1 or 48 kHz.", float64(a.SampleRate)/1000),
			"OBS: Settings > Audio > Sample Rate: 48 kHz")
	}
	limit := c.platform.Limits.MaxAudioKbps
	c.bitrate(s, AudioBitrate, "audio", s.AudioBitrate, limit, "",
		fmt.Sprintf("OBS: Settings > Output > Audio > Track 1 > Audio Bitrate: %d", limit))
}
