package preflight_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/platform"
	"github.com/hawker-live/hawker/relay/preflight"
)

// good is a stream that every platform takes, but for its shape.
func good() preflight.Stream {
	return preflight.Stream{
		Span:         preflight.Window,
		Video:        &media.VideoConfig{Codec: media.H264, Profile: "High", Level: "3.1", Width: 1280, Height: 720},
		Audio:        &media.AudioConfig{Codec: media.AAC, Profile: "LC", SampleRate: 48000, Channels: 2},
		VideoBitrate: 3_400_000, AudioBitrate: 128_000, FrameRate: 30, KeyframeInterval: 2 * time.Second,
	}
}

// outline is a list of problems as "refused video_codec, warning key_age".
func outline(problems []preflight.Problem) string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s", p.Severity, p.Code))
	}
	return strings.Join(out, ", ")
}

func lookup(t *testing.T, id string) platform.Platform {
	t.Helper()
	p, ok := platform.Lookup(id)
	if !ok {
		t.Fatalf("there is no platform %s", id)
	}
	return p
}

func TestAGoodStreamIsFineEverywhere(t *testing.T) {
	for _, p := range platform.All() {
		s := good()
		if p.Limits.Portrait {
			s.Video.Width, s.Video.Height = s.Video.Height, s.Video.Width
		}
		got := preflight.Check(preflight.Facts{Platform: p, Stream: &s, On: time.Hour, KeyAge: 2 * time.Hour})
		if len(got) > 0 {
			t.Errorf("%s: %v", p.ID, got)
		}
	}
}

func TestStream(t *testing.T) {
	size := func(s *preflight.Stream, w, h int, fps float64, kbps float64) {
		s.Video.Width, s.Video.Height, s.FrameRate, s.VideoBitrate = w, h, fps, kbps*1000
	}
	for _, c := range []struct {
		name, platform string
		change         func(*preflight.Stream)
		want           string
		says, fix      string // parts
	}{
		{"codec not taken", "twitch", func(s *preflight.Stream) { s.Video.Codec = media.HEVC }, "refused video_codec", "The video is HEVC; Twitch takes H264.", "Video Encoder"},
		{"codec not taken is told at once", "twitch", func(s *preflight.Stream) { s.Video.Codec, s.Span = media.AV1, 0 }, "refused video_codec", "", ""},
		{"codec taken", "youtube", func(s *preflight.Stream) { s.Video.Codec = media.AV1 }, "", "", ""},
		{"codecs to choose from", "youtube", func(s *preflight.Stream) { s.Video.Codec = media.VP9 }, "refused video_codec", "takes H264, HEVC or AV1.", ""},
		{"custom takes every codec", "custom", func(s *preflight.Stream) { s.Video.Codec, s.Audio.Codec = media.VP9, media.Opus }, "", "", ""},

		{"video bitrate within the slack", "twitch", func(s *preflight.Stream) { s.VideoBitrate = 6_250_000 }, "", "", ""},
		{"video bitrate a little over", "twitch", func(s *preflight.Stream) { s.VideoBitrate = 6_500_000 }, "warning video_bitrate", "The video has 6500 kb/s; Twitch takes 6000 kb/s.", "Settings > Output > Streaming > Bitrate: 6000 Kbps"},
		{"video bitrate far over", "twitch", func(s *preflight.Stream) { s.VideoBitrate = 8_000_000 }, "refused video_bitrate", "8000", ""},
		{"video bitrate not measured for long enough", "twitch", func(s *preflight.Stream) { s.VideoBitrate, s.Span = 8_000_000, preflight.Window-1 }, "", "", ""},
		{"no limit is known", "kick", func(s *preflight.Stream) { s.VideoBitrate = 30_000_000 }, "", "", ""},
		{"facebook 1080p60", "facebook", func(s *preflight.Stream) { size(s, 1920, 1080, 60, 9000) }, "", "", ""},
		{"facebook 1080p30", "facebook", func(s *preflight.Stream) { size(s, 1920, 1080, 30, 9000) }, "refused video_bitrate", "takes 6000 kb/s of 1920x1080 at 30 frames a second.", "Bitrate: 6000 Kbps"},
		{"facebook 720p30", "facebook", func(s *preflight.Stream) { size(s, 1280, 720, 30, 4500) }, "warning video_bitrate", "takes 4000 kb/s", ""},
		{"rumble 720p30", "rumble", func(s *preflight.Stream) { size(s, 1280, 720, 30, 6000) }, "refused video_bitrate", "takes 4000 kb/s", ""},
		{"rumble 1080p60", "rumble", func(s *preflight.Stream) { size(s, 1920, 1080, 60, 10000) }, "", "", ""},
		{"audio bitrate", "facebook", func(s *preflight.Stream) { s.AudioBitrate = 160_000 }, "refused audio_bitrate", "The audio has 160 kb/s; Facebook takes 128 kb/s.", "Settings > Output > Audio > Track 1 > Audio Bitrate: 128"},

		{"keyframes at the limit", "facebook", func(s *preflight.Stream) { s.KeyframeInterval = 4 * time.Second }, "warning keyframe_interval", "Facebook asks for 2 s.", "Settings > Output > Streaming > Keyframe Interval: 2 s"},
		{"keyframes a frame beyond the limit", "facebook", func(s *preflight.Stream) { s.KeyframeInterval = 4033 * time.Millisecond }, "warning keyframe_interval", "", ""},
		{"keyframes over the limit", "facebook", func(s *preflight.Stream) { s.KeyframeInterval = 8300 * time.Millisecond }, "refused keyframe_interval", "up to 8.3 s apart; Facebook takes at most 4 s.", "Keyframe Interval: 2 s"},
		{"keyframes a frame late", "twitch", func(s *preflight.Stream) { s.KeyframeInterval = 2033 * time.Millisecond }, "", "", ""},
		{"keyframes beyond what is asked for", "twitch", func(s *preflight.Stream) { s.KeyframeInterval = 10 * time.Second }, "warning keyframe_interval", "Twitch asks for 2 s.", ""},
		{"keyframes of X", "x", func(s *preflight.Stream) { s.KeyframeInterval = 3 * time.Second }, "", "", ""},

		{"frame rate", "linkedin", func(s *preflight.Stream) { s.FrameRate = 60 }, "refused frame_rate", "60 frames a second; LinkedIn takes at most 30.", "Settings > Video > Common FPS Values: 30"},
		{"frame rate measured a little high", "linkedin", func(s *preflight.Stream) { s.FrameRate = 30.3 }, "", "", ""},
		{"level", "facebook", func(s *preflight.Stream) { size(s, 2560, 1440, 60, 8000); s.Video.Level = "5.1" }, "warning video_level", "level 5.1", "Output (Scaled) Resolution: 1920x1080"},
		{"level of another codec", "facebook", func(s *preflight.Stream) { s.Video.Codec, s.Video.Level = media.HEVC, "5.1" }, "refused video_codec", "", ""},
		{"orientation", "instagram", func(s *preflight.Stream) {}, "warning orientation", "The picture lies (1280x720); Instagram shows upright ones.", "720x1280"},
		{"size not known", "instagram", func(s *preflight.Stream) { s.Video.Width, s.Video.Height = 0, 0 }, "", "", ""},

		{"no video", "youtube", func(s *preflight.Stream) { s.Video = nil }, "warning video_missing", "no picture", ""},
		{"no video yet", "youtube", func(s *preflight.Stream) { s.Video, s.Span = nil, time.Second }, "", "", ""},
		{"no audio", "youtube", func(s *preflight.Stream) { s.Audio = nil }, "warning audio_missing", "no sound", "Settings > Audio"},
		{"no audio yet", "youtube", func(s *preflight.Stream) { s.Audio, s.Span = nil, time.Second }, "", "", ""},
		{"no audio to one's own server", "custom", func(s *preflight.Stream) { s.Audio = nil }, "", "", ""},
		{"audio is not AAC", "youtube", func(s *preflight.Stream) { s.Audio.Codec = media.Opus }, "refused audio_codec", "The audio is Opus; YouTube takes AAC.", "Audio Encoder"},
		{"sample rate", "youtube", func(s *preflight.Stream) { s.Audio.SampleRate = 22050 }, "warning audio_sample_rate", "22.05 kHz", "Sample Rate: 48 kHz"},

		{"the worst comes first", "twitch", func(s *preflight.Stream) { s.KeyframeInterval, s.AudioBitrate = 5*time.Second, 500_000 }, "refused audio_bitrate, warning keyframe_interval", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := good()
			c.change(&s)
			got := preflight.Check(preflight.Facts{Platform: lookup(t, c.platform), Stream: &s})
			if outline(got) != c.want {
				t.Fatalf("%q, want %q", outline(got), c.want)
			}
			if c.want != "" && (!strings.Contains(got[0].Text, c.says) || !strings.Contains(got[0].Fix, c.fix)) {
				t.Errorf("%q, fix %q", got[0].Text, got[0].Fix)
			}
		})
	}
}

func TestTime(t *testing.T) {
	const h = time.Hour
	for _, c := range []struct {
		name, platform string
		on, keyAge     time.Duration
		want, says     string
	}{
		{"long before the end", "facebook", 7 * h, 0, "", ""},
		{"near the end", "facebook", 7*h + 40*time.Minute, 0, "warning broadcast_length", "Facebook ends a broadcast after 8 h: this one in 20 minutes."},
		{"at the end", "facebook", 8 * h, 0, "refused broadcast_length", "this one is longer"},
		{"a new key is a new broadcast there", "facebook", 9 * h, h, "", ""},
		{"no end is known", "youtube", 100 * h, 200 * h, "", ""},

		{"a day's key, fresh", "facebook", 0, 19 * h, "", ""},
		{"a day's key, soon over", "facebook", 0, 21 * h, "warning key_age", "first seen 21 h ago; Facebook takes it for 24 h: begin within 3 hours"},
		{"a day's key, over", "facebook", 0, 24 * h, "refused key_age", "it has expired"},
		{"a day's key that was used in time", "facebook", 5 * h, 26 * h, "", ""},
		{"a day's key that was used too late", "facebook", h, 26 * h, "refused key_age", ""},
		{"an event's key, fresh", "tiktok", 0, 11 * h, "", ""},
		{"an event's key, old", "tiktok", 0, 13 * h, "warning key_age", "first seen 13 h ago, and TikTok gives each for one broadcast: get a new one."},
		{"an event's key in a long broadcast", "linkedin", 13 * h, 14 * h, "", ""},
		{"an event's key at the next broadcast", "instagram", 5 * time.Minute, 30 * h, "warning key_age", ""},
		{"a key that lasts", "twitch", 0, 5000 * h, "", ""},
		{"age not known", "facebook", 0, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := preflight.Check(preflight.Facts{Platform: lookup(t, c.platform), On: c.on, KeyAge: c.keyAge})
			if outline(got) != c.want || c.says != "" && !strings.Contains(got[0].Text, c.says) {
				t.Errorf("%q, want %q: %v", outline(got), c.want, got)
			}
		})
	}
}

func TestAKeyThatIsAcceptedHasNotExpired(t *testing.T) {
	for id, want := range map[string]string{"facebook": "", "tiktok": "warning key_age"} { // TikTok may show it to nobody
		got := preflight.Check(preflight.Facts{Platform: lookup(t, id), KeyAge: 90 * time.Hour, Accepted: true})
		if outline(got) != want {
			t.Errorf("%s: %q, want %q", id, outline(got), want)
		}
	}
}

func TestUpload(t *testing.T) {
	for _, c := range []struct {
		name string
		u    preflight.Upload
		says string // empty for fine
	}{
		{"keeps up", preflight.Upload{In: 6e6, Out: 6.1e6, Connected: time.Minute, Lag: 100 * time.Millisecond}, ""},
		{"behind", preflight.Upload{In: 6e6, Out: 5.9e6, Connected: time.Minute, Lag: 2300 * time.Millisecond}, "It takes 5.9 of 6.0 Mb/s and is 2.3 s behind."},
		{"skips", preflight.Upload{In: 6e6, Out: 5.9e6, Connected: time.Minute, Dropped: 90}, "90 packets were skipped"},
		{"takes too little", preflight.Upload{In: 6e6, Out: 4e6, Connected: time.Minute}, "It takes 4.0 of 6.0 Mb/s"},
		{"has just begun", preflight.Upload{In: 6e6, Out: 1e6, Connected: 2 * time.Second}, ""},
		{"is not connected", preflight.Upload{In: 6e6, Lag: time.Minute}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := preflight.CheckUpload(c.u)
			if c.says == "" && len(got) > 0 || c.says != "" && (outline(got) != "warning slow_upload" || !strings.Contains(got[0].Text, c.says)) {
				t.Errorf("%v, want %q", got, c.says)
			}
		})
	}
}

func TestEveryProblemIsWhole(t *testing.T) {
	bad := preflight.Stream{Span: preflight.Window,
		Video:        &media.VideoConfig{Codec: media.H264, Level: "6.2", Width: 3840, Height: 2160},
		Audio:        &media.AudioConfig{Codec: media.MP3, SampleRate: 8000},
		VideoBitrate: 99e6, AudioBitrate: 9e6, FrameRate: 120, KeyframeInterval: time.Minute}
	seen := 0
	for _, p := range platform.All() {
		problems := preflight.Check(preflight.Facts{Platform: p, Stream: &bad, On: 48 * time.Hour, KeyAge: 96 * time.Hour})
		for _, s := range preflight.Severities() {
			seen += preflight.Count(problems, s)
		}
		for _, pr := range problems {
			seen--
			if !strings.HasSuffix(pr.Text, ".") || pr.Fix == "" || strings.Contains(pr.Text+pr.Fix, "%!") || !slices.Contains(preflight.Severities(), pr.Severity) {
				t.Errorf("%s: %+v", p.ID, pr)
			}
		}
	}
	if seen != 0 {
		t.Errorf("the counts by severity differ from the problems by %d", seen)
	}
}

func TestMetadataReachesNoViewerOfASocialPlatform(t *testing.T) {
	for id, want := range map[string]string{"youtube": "warning metadata", "": ""} {
		f := preflight.Facts{Metadata: true}
		if id != "" {
			f.Platform = lookup(t, id)
		}
		if got := outline(preflight.Check(f)); got != want {
			t.Errorf("%q: %s, want %s", id, got, want)
		}
	}
}
