package media_test

import (
	"bytes"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
)

func bodies(t testing.TB) (video, audio map[string][]byte) {
	frame := bytes.Repeat([]byte{0xaa}, 16<<10)
	join := func(s string) []byte { return append(unhex(t, s), frame...) }
	video = map[string][]byte{
		"classic":    join(avcKey),
		"enhanced":   join("91" + hvc1 + "000042"),
		"modex":      join("97020c350003" + hvc1),
		"multitrack": join("9601" + av01 + "02"),
		"unknown":    join("19"),
	}
	audio = map[string][]byte{
		"classic":    join(aacFrame),
		"enhanced":   join("91" + opus),
		"multitrack": join("9501" + mp4a + "01"),
		"unknown":    join("c0"),
	}
	return video, audio
}

func TestInspectDoesNotAllocate(t *testing.T) {
	video, audio := bodies(t)
	for name, body := range video {
		if n := testing.AllocsPerRun(100, func() { _, _ = media.InspectVideo(body) }); n != 0 {
			t.Errorf("video, %s: %v allocations", name, n)
		}
	}
	for name, body := range audio {
		if n := testing.AllocsPerRun(100, func() { _, _ = media.InspectAudio(body) }); n != 0 {
			t.Errorf("audio, %s: %v allocations", name, n)
		}
	}
}

func BenchmarkInspectVideo(b *testing.B) {
	video, _ := bodies(b)
	for name, body := range video {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = media.InspectVideo(body)
			}
		})
	}
}

func BenchmarkInspectAudio(b *testing.B) {
	_, audio := bodies(b)
	for name, body := range audio {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = media.InspectAudio(body)
			}
		})
	}
}

func BenchmarkParseVideoConfig(b *testing.B) {
	tag := media.Tag{Codec: media.H264, Header: true, Payload: unhex(b, avcCHigh)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := media.ParseVideoConfig(tag); err != nil {
			b.Fatal(err)
		}
	}
}
