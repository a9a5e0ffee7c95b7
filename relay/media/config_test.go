package media_test

import (
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
)

func TestParseVideoConfig(t *testing.T) {
	tests := []struct {
		name   string
		codec  media.Codec
		config string
		want   media.VideoConfig
	}{
		{"H.264 High", media.H264, avcCHigh, media.VideoConfig{Profile: "High", Level: "4.1", Width: 1920, Height: 1080, FrameRate: 30000. / 1001}},
		{"H.264 Baseline", media.H264, avcCBaseline, media.VideoConfig{Profile: "Constrained Baseline", Level: "3.0", Width: 640, Height: 360, FrameRate: 25}},
		{"H.264 10 bit", media.H264, avcCHigh10, media.VideoConfig{Profile: "High 10", Level: "3.2", Width: 1280, Height: 720, FrameRate: 60}},
		{"HEVC Main", media.HEVC, hvcCMain, media.VideoConfig{Profile: "Main", Level: "4.1", Width: 1920, Height: 1080, FrameRate: 60}},
		{"HEVC of the high tier", media.HEVC, "0121" + hvcCMain[4:], media.VideoConfig{Profile: "Main", Level: "4.1 (High tier)", Width: 1920, Height: 1080, FrameRate: 60}},
		{"HEVC Main 10", media.HEVC, hvcCMain10, media.VideoConfig{Profile: "Main 10", Level: "4.1", Width: 1280, Height: 720, FrameRate: 25}},
		{"AV1", media.AV1, av1C, media.VideoConfig{Profile: "Main", Level: "3.1", Width: 1280, Height: 720}},
		{"AV1 without OBUs", media.AV1, av1C[:8], media.VideoConfig{Profile: "Main", Level: "3.1"}},
		{"AV1 of MPEG-2 TS", media.AV1, "8004" + av1C[:8], media.VideoConfig{Profile: "Main", Level: "3.1"}},
		{"AV1 of another profile", media.AV1, "814cff00", media.VideoConfig{Profile: "Professional", Level: "5.0 (High tier)"}},
		{"AV1 without bound", media.AV1, "813f0000", media.VideoConfig{Profile: "High", Level: "maximum"}},
		{"VP9 is only named", media.VP9, "00", media.VideoConfig{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Codec = tt.codec
			got, err := media.ParseVideoConfig(media.Tag{Codec: tt.codec, Header: true, Payload: unhex(t, tt.config)})
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestAVCProfiles covers what the encoder at hand does not make. The parameter
// set is missing, so that an error comes with what was read.
func TestAVCProfiles(t *testing.T) {
	tests := []struct{ bytes, profile, level string }{
		{"42001e", "Baseline", "3.0"},
		{"42c00b", "Constrained Baseline", "1.1"},
		{"42d00b", "Constrained Baseline", "1b"},
		{"4d0028", "Main", "4.0"},
		{"4d1009", "Main", "1b"},
		{"580020", "Extended", "3.2"},
		{"640c33", "Constrained High", "5.1"},
		{"640834", "Progressive High", "5.2"},
		{"64100b", "High", "1.1"},
		{"6e1029", "High 10 Intra", "4.1"},
		{"7a0029", "High 4:2:2", "4.1"},
		{"f40029", "High 4:4:4", "4.1"},
		{"2c0029", "CAVLC 4:4:4 Intra", "4.1"},
		{"630029", "profile 99", "4.1"},
	}
	for _, tt := range tests {
		t.Run(tt.bytes, func(t *testing.T) {
			got, err := media.ParseVideoConfig(media.Tag{Codec: media.H264, Header: true, Payload: unhex(t, "01"+tt.bytes+"ffe0")})
			if err == nil || got.Profile != tt.profile || got.Level != tt.level {
				t.Errorf("got %q %q and error %v", got.Profile, got.Level, err)
			}
		})
	}
}

func TestParseVideoConfigErrors(t *testing.T) {
	// Made by hand: 16x16 pixels, of which cropping takes 2 * 1000 off each side.
	const croppedAway = "0142001effe1 000b 6742001e ddf007d200fa74"
	tests := []struct {
		name   string
		codec  media.Codec
		config string
		err    string
	}{
		{"empty avcC", media.H264, "", "H264 sequence header: cut short"},
		{"version of avcC", media.H264, "02" + avcCHigh[2:], "version 2 of avcC"},
		{"avcC without sets", media.H264, "01640029ffe0", "without a sequence parameter set"},
		{"avcC cut in its set", media.H264, avcCHigh[:40], "cut short"},
		{"avcC with another NAL unit", media.H264, "01640029ffe1000468ebe3cb", "sequence parameter set"},
		{"avcC with a picture of no size", media.H264, croppedAway, "impossible"},
		{"HEVC in an avcC", media.H264, hvcCMain, "H264 sequence header"},
		{"empty hvcC", media.HEVC, "", "cut short"},
		{"version of hvcC", media.HEVC, "02" + hvcCMain[2:], "version 2 of hvcC"},
		{"hvcC without sets", media.HEVC, hvcCMain[:44] + "00", "without a sequence parameter set"},
		{"hvcC cut in its arrays", media.HEVC, hvcCMain[:48], "cut short"},
		{"hvcC cut in its set", media.HEVC, hvcCMain[:150], "cut short"},
		{"empty av1C", media.AV1, "", "cut short"},
		{"version of av1C", media.AV1, "82050c00", "version byte 0x82"},
		{"av1C with a cut OBU", media.AV1, av1C[:20], "OBUs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := media.ParseVideoConfig(media.Tag{Codec: tt.codec, Header: true, Payload: unhex(t, tt.config)})
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v does not say %q; config %+v", err, tt.err, got)
			}
			if got.Codec != tt.codec || got.Width != 0 || got.Height != 0 {
				t.Errorf("config beside the error: %+v", got)
			}
		})
	}
}

func TestParseAudioConfig(t *testing.T) {
	tests := []struct {
		name   string
		codec  media.Codec
		config string
		want   media.AudioConfig
	}{
		{"AAC stereo", media.AAC, aacHeader[4:], media.AudioConfig{Profile: "LC", SampleRate: 44100, Channels: 2}},
		{"AAC 5.1", media.AAC, aac51Header[4:], media.AudioConfig{Profile: "LC", SampleRate: 48000, Channels: 6}},
		{"AAC 7.1", media.AAC, "11b8", media.AudioConfig{Profile: "LC", SampleRate: 48000, Channels: 8}},
		{"AAC with channels in the frames", media.AAC, "1180", media.AudioConfig{Profile: "LC", SampleRate: 48000}},
		{"AAC with a rate of its own", media.AAC, "178048d010", media.AudioConfig{Profile: "LC", SampleRate: 37280, Channels: 2}},
		{"HE-AAC", media.AAC, "2b118800", media.AudioConfig{Profile: "HE-AAC", SampleRate: 48000, Channels: 2}},
		{"HE-AAC v2", media.AAC, "eb098800", media.AudioConfig{Profile: "HE-AAC v2", SampleRate: 48000, Channels: 2}},
		{"Opus", media.Opus, opusHead, media.AudioConfig{SampleRate: 48000, Channels: 2}},
		{"Opus without a header", media.Opus, "", media.AudioConfig{SampleRate: 48000}},
		{"FLAC", media.FLAC, flacHead, media.AudioConfig{SampleRate: 48000, Channels: 2}},
		{"AC-3 is only named", media.AC3, "", media.AudioConfig{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Codec = tt.codec
			got, err := media.ParseAudioConfig(media.Tag{Codec: tt.codec, Header: true, Payload: unhex(t, tt.config)})
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseAudioConfigErrors(t *testing.T) {
	tests := []struct {
		name    string
		codec   media.Codec
		config  string
		err     string
		profile string
	}{
		{"empty AAC", media.AAC, "", "AAC sequence header: cut short", ""},
		{"AAC Main is only named", media.AAC, "0990", "unsupported object type", "Main"},
		{"xHE-AAC is only named", media.AAC, "f94040", "unsupported object type", "xHE-AAC"},
		{"AAC cut", media.AAC, "1780", "not enough bits", "LC"},
		{"short OpusHead", media.Opus, opusHead[:20], "cut short", ""},
		{"no OpusHead", media.Opus, "50" + opusHead[2:], "signature", ""},
		{"version of OpusHead", media.Opus, opusHead[:16] + "10" + opusHead[18:], "version 16", ""},
		{"OpusHead without channels", media.Opus, opusHead[:18] + "00" + opusHead[20:], "no channels", ""},
		{"short FLAC", media.FLAC, flacHead[:40], "not enough bytes", ""},
		{"no fLaC", media.FLAC, "67" + flacHead[2:], "signature", ""},
		{"no STREAMINFO", media.FLAC, flacHead[:8] + "04" + flacHead[10:], "STREAMINFO", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := media.ParseAudioConfig(media.Tag{Codec: tt.codec, Header: true, Payload: unhex(t, tt.config)})
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v does not say %q; config %+v", err, tt.err, got)
			}
			if got.Profile != tt.profile {
				t.Errorf("profile %q, want %q", got.Profile, tt.profile)
			}
		})
	}
}

func TestParseConfigNeedsAHeader(t *testing.T) {
	if _, err := media.ParseVideoConfig(media.Tag{Codec: media.H264, Payload: unhex(t, avcCHigh)}); err == nil {
		t.Error("a video frame was read as a header")
	}
	if _, err := media.ParseAudioConfig(media.Tag{Codec: media.AAC, Payload: unhex(t, "1190")}); err == nil {
		t.Error("an audio frame was read as a header")
	}
}
