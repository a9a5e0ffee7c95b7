package relaytest_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func received(tags []flv.Tag) (list []relaytest.Received) {
	for _, tag := range tags {
		list = append(list, relaytest.Received{Payload: relaytest.NewPayload(rtmp.Message{Type: uint8(tag.Kind), Time: tag.Time, Body: tag.Body})})
	}
	return list
}

func sent(tags []flv.Tag) (list []relaytest.Sent) {
	for _, r := range received(tags) {
		list = append(list, relaytest.Sent{Payload: r.Payload})
	}
	return list
}

func clip(t *testing.T) *relaytest.Clip {
	t.Helper()
	c, err := two.Clip()
	must(t, err)
	return c
}

func TestReadClip(t *testing.T) {
	want := clip(t).Tags()
	var file bytes.Buffer
	w := flv.NewWriter(&file, true, true)
	for _, tag := range want {
		must(t, w.Write(tag))
	}
	got, err := relaytest.ReadClip(&file)
	must(t, err)
	must(t, relaytest.Compare(sent(want), received(got.Tags())))
	if len(got.Tags()) != len(want) {
		t.Errorf("%d of %d tags", len(got.Tags()), len(want))
	}
	if _, err := relaytest.ReadClip(strings.NewReader("")); err == nil {
		t.Error("an empty file was read")
	}
}

func TestClipLoops(t *testing.T) {
	c := clip(t)
	if d := c.Duration(); d < 2*time.Second || d > 2050*time.Millisecond {
		t.Fatalf("duration %v", d)
	}
	// A file's end of sequence must not come in the middle.
	end := flv.Tag{Kind: media.Video, Time: 1990, Body: []byte{0x17, 2, 0, 0, 0}}
	var file bytes.Buffer
	w := flv.NewWriter(&file, true, true)
	for _, tag := range append(c.Tags(), end) {
		must(t, w.Write(tag))
	}
	c, err := relaytest.ReadClip(&file)
	must(t, err)

	source := c.Loop()
	var tags []flv.Tag
	for range 3 * len(c.Tags()) {
		tag, err := source.Next()
		must(t, err)
		tags = append(tags, tag)
	}
	got := received(tags)
	must(t, relaytest.CheckClock(got))
	headers := 0
	for i, r := range got {
		if r.Header {
			headers++
		}
		if r.Len == len(end.Body) && r.Kind == media.Video {
			t.Errorf("tag %d ends the sequence", i)
		}
	}
	if headers != 3 {
		t.Errorf("%d headers, want each once", headers)
	}
	round := uint32(c.Duration().Milliseconds())
	if last := got[len(got)-1].Time; last < 2*round || last > 4*round {
		t.Errorf("three rounds of %d ms end at %d", round, last)
	}
}

func TestClipFrom(t *testing.T) {
	late := clip(t).From(500 * time.Millisecond)
	got := received(late.Tags())
	for i, want := range []string{"data", "video header", "audio header", "keyframe"} {
		if !strings.HasPrefix(got[i].String(), want) || got[i].Time != 1000 {
			t.Errorf("tag %d is %v, want %s at 1000 ms", i, got[i].Payload, want)
		}
	}
	if late.Duration() > 1050*time.Millisecond {
		t.Errorf("duration %v", late.Duration())
	}
	if clip(t).From(1500*time.Millisecond) != nil {
		t.Error("there is no keyframe after 1 s")
	}
}

func TestSynthetic(t *testing.T) {
	for name, c := range map[string]struct {
		make   relaytest.Synthetic
		codec  media.Codec
		fourCC string
	}{
		"reference":      {relaytest.Synthetic{}, "H264", ""},
		"B-frames":       {relaytest.Synthetic{BFrames: true}, "H264", ""},
		"enhanced H.264": {relaytest.Synthetic{FourCC: "avc1"}, "H264", "avc1"},
		"enhanced HEVC":  {relaytest.Synthetic{FourCC: "hvc1"}, "HEVC", "hvc1"},
		"enhanced AV1":   {relaytest.Synthetic{FourCC: "av01"}, "AV1", "av01"},
	} {
		t.Run(name, func(t *testing.T) {
			c.make.Duration = 4 * time.Second
			clip, err := c.make.Clip()
			must(t, err)
			tags, keyframes, video, audio := clip.Tags(), 0, 0, 0
			shown := map[time.Duration]bool{}
			for _, tag := range tags {
				switch tag.Kind {
				case media.Audio:
					audio += len(tag.Body)
				case media.Video:
					video += len(tag.Body)
					v, err := media.InspectVideo(tag.Body)
					must(t, err)
					if v.Codec != c.codec || v.FourCC != c.fourCC {
						t.Fatalf("codec %q, FourCC %q", v.Codec, v.FourCC)
					}
					if v.Keyframe && !v.Header {
						keyframes++
					}
					if !v.Header {
						at := time.Duration(tag.Time)*time.Millisecond + v.CompositionTime
						if shown[at.Round(10*time.Millisecond)] {
							t.Errorf("two frames are shown at %v", at)
						}
						shown[at.Round(10*time.Millisecond)] = true
					}
				}
			}
			if keyframes != 2 || math.Abs(float64(video*8/4)/6e6-1) > 0.02 || math.Abs(float64(audio*8/4)/128e3-1) > 0.02 {
				t.Errorf("%d keyframes, %d b/s video, %d b/s audio", keyframes, video*8/4, audio*8/4)
			}
			must(t, relaytest.CheckOpening(append([]relaytest.Received{{Payload: relaytest.Payload{Kind: media.Data, Name: "@setDataFrame", Header: true}}}, received(tags[1:])...)))
			header, err := media.InspectVideo(tags[1].Body)
			must(t, err)
			config, err := media.ParseVideoConfig(header)
			must(t, err)
			if config.Width != 1920 || config.Height != 1080 {
				t.Errorf("configuration %+v", config)
			}
			sound, err := media.InspectAudio(tags[2].Body)
			must(t, err)
			tone, err := media.ParseAudioConfig(sound)
			must(t, err)
			if tone.SampleRate != 48000 || tone.Channels != 2 {
				t.Errorf("configuration %+v", tone)
			}
		})
	}
}

func TestSyntheticLeavesOut(t *testing.T) {
	for name, c := range map[string]struct {
		make relaytest.Synthetic
		want map[media.Kind]bool
	}{
		"metadata":   {relaytest.Synthetic{NoMetadata: true}, map[media.Kind]bool{media.Audio: true, media.Video: true}},
		"video":      {relaytest.Synthetic{NoVideo: true}, map[media.Kind]bool{media.Audio: true, media.Data: true}},
		"audio":      {relaytest.Synthetic{NoAudio: true}, map[media.Kind]bool{media.Video: true, media.Data: true}},
		"everything": {relaytest.Synthetic{NoAudio: true, NoVideo: true, NoMetadata: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			kinds := count(t, c.make.Source(), 200)
			for _, k := range []media.Kind{media.Audio, media.Video, media.Data} {
				if (kinds[k] > 0) != c.want[k] {
					t.Errorf("%d tags of %v", kinds[k], k)
				}
			}
		})
	}
}
