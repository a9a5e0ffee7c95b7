package media_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

func FuzzInspectVideo(f *testing.F) {
	for _, s := range []string{
		avcHeader, avcKey, avcInter, avcEnd, "5700", "1c00000000" + hvcCMain, "12aa",
		"90" + hvc1 + hvcCMain, "91" + avc1 + "000042aa", "93" + av01 + "aa", "94" + hvc1 + "02", "d101",
		"97020c350003" + hvc1 + "aa", "97ff0001000003" + av01, "9601" + avc1 + "02000021aabb",
		"a613" + hvc1 + "00000002aabb01000001cc", "9623" + av01 + "00000001aa" + hvc1 + "01000001bb",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkTag(t, body, media.InspectVideo) })
}

func FuzzInspectAudio(f *testing.F) {
	for _, s := range []string{
		aacHeader, aacFrame, mp3Frame, "90" + opus + opusHead, "91" + flac + "aa", "94" + opus + "0006",
		"970200000a01" + mp4a + "aa", "9501" + mp4a + "01aa", "9510" + mp4a + "000000021190010000021210",
		"9521" + opus + "00000001aa" + mp4a + "01000001bb",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkTag(t, body, media.InspectAudio) })
}

// checkTag checks what holds for the tag of any body.
func checkTag(t *testing.T, body []byte, inspect func([]byte) (media.Tag, error)) {
	before := bytes.Clone(body)
	tag, err := inspect(body)
	if !bytes.Equal(body, before) {
		t.Fatal("the body was changed")
	}
	flags := 0
	for _, set := range []bool{tag.Keyframe, tag.Header, tag.End} {
		if set {
			flags++
		}
	}
	if flags > 1 || err != nil && flags > 0 {
		t.Fatalf("flags contradict each other or the error %v: %+v", err, tag)
	}
	if !bytes.Contains(body, tag.Payload) || len(body) > 0 && len(tag.Payload) >= len(body) {
		t.Fatalf("payload %x is not within the body", tag.Payload)
	}
	if d := tag.CompositionTime; d < -1<<23*time.Millisecond || d >= 1<<23*time.Millisecond {
		t.Fatalf("composition time %v", d)
	}
	if d := tag.TimestampOffset; d < 0 || d >= 1<<24 {
		t.Fatalf("timestamp offset %d ns", d)
	}
}

func FuzzParseVideoConfig(f *testing.F) {
	codecs := []media.Codec{media.H264, media.HEVC, media.AV1}
	for i, configs := range [][]string{{avcCHigh, avcCBaseline, avcCHigh10}, {hvcCMain, hvcCMain10}, {av1C, "8004" + av1C[:8]}} {
		for _, c := range configs {
			f.Add(byte(i), unhex(f, c))
		}
	}
	f.Fuzz(func(t *testing.T, codec byte, config []byte) {
		before := bytes.Clone(config)
		got, err := media.ParseVideoConfig(media.Tag{Codec: codecs[int(codec)%len(codecs)], Header: true, Payload: config})
		if !bytes.Equal(config, before) {
			t.Fatal("the configuration was changed")
		}
		const limit = 1<<16 - 1
		if got.Width < 0 || got.Height < 0 || got.Width > limit || got.Height > limit || math.IsNaN(got.FrameRate) || got.FrameRate < 0 || got.FrameRate > 1000 {
			t.Fatalf("impossible: %+v, error %v", got, err)
		}
		if err == nil && (got.Profile == "" || got.Level == "") {
			t.Fatalf("neither profile and level nor error: %+v", got)
		}
	})
}

func FuzzParseAudioConfig(f *testing.F) {
	codecs := []media.Codec{media.AAC, media.Opus, media.FLAC}
	for i, configs := range [][]string{{aacHeader[4:], aac51Header[4:], "2b118800", "eb098800", "f94040"}, {opusHead, ""}, {flacHead}} {
		for _, c := range configs {
			f.Add(byte(i), unhex(f, c))
		}
	}
	f.Fuzz(func(t *testing.T, codec byte, config []byte) {
		before := bytes.Clone(config)
		got, err := media.ParseAudioConfig(media.Tag{Codec: codecs[int(codec)%len(codecs)], Header: true, Payload: config})
		if !bytes.Equal(config, before) {
			t.Fatal("the configuration was changed")
		}
		if got.Channels < 0 || got.Channels > 255 || got.SampleRate < 0 || got.SampleRate >= 1<<24 {
			t.Fatalf("impossible: %+v, error %v", got, err)
		}
	})
}
