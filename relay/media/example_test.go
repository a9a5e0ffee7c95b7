package media_test

import (
	"encoding/hex"
	"fmt"

	"github.com/hawker-live/hawker/relay/media"
)

// A frame of HEVC in enhanced RTMP.
func ExampleInspectVideo() {
	body := []byte("\x91hvc1\x00\x00\x21coded picture")
	tag, err := media.InspectVideo(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tag.Codec, tag.Keyframe, tag.CompositionTime, string(tag.Payload))
	// Output: HEVC true 33ms coded picture
}

// The sequence header that an encoder sends before the first frame.
func ExampleParseVideoConfig() {
	body, _ := hex.DecodeString("1700000000" +
		"01640029ffe1001967640029acd940780227e5c04400000fa40003a9803c60c65801000668ebe3cb22c0fdf8f800")
	tag, err := media.InspectVideo(body)
	if err != nil || !tag.Header {
		fmt.Println("no sequence header", err)
		return
	}
	c, err := media.ParseVideoConfig(tag)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %s@%s %dx%d %.2f fps\n", c.Codec, c.Profile, c.Level, c.Width, c.Height, c.FrameRate)
	// Output: H264 High@4.1 1920x1080 29.97 fps
}

func ExampleParseAudioConfig() {
	tag, err := media.InspectAudio([]byte{0xaf, 0x00, 0x11, 0x90})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := media.ParseAudioConfig(tag)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s-%s %d Hz, %d channels\n", c.Codec, c.Profile, c.SampleRate, c.Channels)
	// Output: AAC-LC 48000 Hz, 2 channels
}
