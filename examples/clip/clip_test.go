package clip_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// frame is a tag of the clip and what media says of it.
type frame struct {
	media.Tag
	time time.Duration
}

// read returns the clip's tracks without their sequence headers, which come
// back apart.
func read(t *testing.T) (frames, headers map[media.Kind][]frame) {
	t.Helper()
	frames, headers = map[media.Kind][]frame{}, map[media.Kind][]frame{}
	for r := flv.NewReader(bytes.NewReader(clip.FLV())); ; {
		tag, err := r.Next()
		if err == io.EOF {
			return frames, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		f := frame{time: time.Duration(tag.Time) * time.Millisecond}
		switch tag.Kind {
		case media.Video:
			f.Tag, err = media.InspectVideo(tag.Body)
		case media.Audio:
			f.Tag, err = media.InspectAudio(tag.Body)
		}
		if err != nil {
			t.Fatalf("%s tag at %v: %v", tag.Kind, f.time, err)
		}
		into := frames
		if f.Header {
			into = headers
		}
		into[tag.Kind] = append(into[tag.Kind], f)
	}
}

func TestSize(t *testing.T) {
	if n := len(clip.FLV()); n < 300<<10 || n > 1<<20 {
		t.Errorf("%d bytes", n)
	}
}

func TestCallerOwnsTheBytes(t *testing.T) {
	clip.FLV()[0] = 'x'
	if clip.FLV()[0] != 'F' {
		t.Error("a caller can change the clip for others")
	}
}

func TestCodecs(t *testing.T) {
	_, headers := read(t)
	if len(headers[media.Video]) != 1 || len(headers[media.Audio]) != 1 {
		t.Fatalf("%d video and %d audio headers", len(headers[media.Video]), len(headers[media.Audio]))
	}
	video, err := media.ParseVideoConfig(headers[media.Video][0].Tag)
	if want := (media.VideoConfig{Codec: media.H264, Profile: "High", Level: "3.0", Width: 640, Height: 360, FrameRate: 30}); err != nil || video != want {
		t.Errorf("video %+v, %v", video, err)
	}
	audio, err := media.ParseAudioConfig(headers[media.Audio][0].Tag)
	if want := (media.AudioConfig{Codec: media.AAC, Profile: "LC", SampleRate: 48000, Channels: 2}); err != nil || audio != want {
		t.Errorf("audio %+v, %v", audio, err)
	}
}

func TestVideo(t *testing.T) {
	frames, _ := read(t)
	video := frames[media.Video]
	if len(video) != 240 || !video[0].Keyframe || video[0].time != 0 {
		t.Fatalf("%d frames, the first is %+v", len(video), video[0])
	}
	reordered := false
	for i, f := range video {
		if f.Keyframe != (i%60 == 0) {
			t.Errorf("frame %d at %v: keyframe %v", i, f.time, f.Keyframe)
		}
		if f.Keyframe && f.time != time.Duration(i/60)*2*time.Second {
			t.Errorf("keyframe at %v", f.time)
		}
		if f.End {
			t.Errorf("end of sequence at %v", f.time)
		}
		reordered = reordered || i > 0 && shown(f) < shown(video[i-1])
	}
	if !reordered {
		t.Error("there are no B-frames")
	}
}

func shown(f frame) time.Duration { return f.time + f.CompositionTime }

// TestClosedGroups: no picture is shown before the keyframe that is sent before
// it, and none of the group before is shown after it.
func TestClosedGroups(t *testing.T) {
	frames, _ := read(t)
	var key, last time.Duration
	for _, f := range frames[media.Video] {
		if f.Keyframe {
			if key = shown(f); key < last {
				t.Errorf("keyframe shown at %v, after a picture of the group before at %v", key, last)
			}
		}
		if shown(f) < key {
			t.Errorf("picture shown at %v, before its keyframe at %v", shown(f), key)
		}
		last = max(last, shown(f))
	}
}

// TestLoops: the step from the last frame to the first one of the next round is
// that between other frames.
func TestLoops(t *testing.T) {
	frames, _ := read(t)
	for kind, step := range map[media.Kind]time.Duration{media.Video: time.Second / 30, media.Audio: time.Second * 1024 / 48000} {
		track := frames[kind]
		for i, f := range track {
			next := track[0].time + clip.Length
			if i+1 < len(track) {
				next = track[i+1].time
			}
			if d := next - f.time - step; d < -2*time.Millisecond || d > 2*time.Millisecond {
				t.Errorf("%s: %v from frame %d to the next", kind, next-f.time, i)
			}
		}
	}
}

func ExampleFLV() {
	r := flv.NewReader(bytes.NewReader(clip.FLV()))
	sizes := map[media.Kind]int{}
	for {
		tag, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		sizes[tag.Kind]++
	}
	fmt.Println(sizes[media.Video], "video and", sizes[media.Audio], "audio tags")
	// Output: 241 video and 376 audio tags
}
