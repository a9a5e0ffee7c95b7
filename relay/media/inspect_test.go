package media_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

const ms = time.Millisecond

// sample is a tag body and what is to be found in it.
type sample struct {
	name, body string
	want       media.Tag
	payload    string
}

type badSample struct{ name, body, err string }

func check(t *testing.T, inspect func([]byte) (media.Tag, error), samples []sample) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			body := unhex(t, s.body)
			got, err := inspect(body)
			if err != nil {
				t.Fatal(err)
			}
			if want := unhex(t, s.payload); !bytes.Equal(got.Payload, want) {
				t.Errorf("payload %x, want %x", got.Payload, want)
			}
			got.Payload = nil
			if !same(got, s.want) {
				t.Errorf("got  %+v\nwant %+v", got, s.want)
			}
			if !bytes.Equal(body, unhex(t, s.body)) {
				t.Error("the body was changed")
			}
		})
	}
}

func checkBad(t *testing.T, inspect func([]byte) (media.Tag, error), samples []badSample) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			got, err := inspect(unhex(t, s.body))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), s.err) {
				t.Errorf("error %q does not say %q", err, s.err)
			}
			if got.Keyframe || got.Header || got.End {
				t.Errorf("flags set beside an error: %+v", got)
			}
		})
	}
}

// same compares tags but for their payload.
func same(a, b media.Tag) bool {
	return a.Codec == b.Codec && a.FourCC == b.FourCC && a.Keyframe == b.Keyframe && a.Header == b.Header && a.End == b.End &&
		a.CompositionTime == b.CompositionTime && a.TimestampOffset == b.TimestampOffset && a.Track == b.Track
}

func TestInspectVideoClassic(t *testing.T) {
	check(t, media.InspectVideo, []sample{
		{"H.264 header", avcHeader, media.Tag{Codec: media.H264, Header: true}, avcHeader[10:]},
		{"H.264 keyframe", avcKey, media.Tag{Codec: media.H264, Keyframe: true, CompositionTime: 80 * ms}, avcKey[10:]},
		{"H.264 inter frame", avcInter, media.Tag{Codec: media.H264, CompositionTime: 160 * ms}, avcInter[10:]},
		{"H.264 end", avcEnd, media.Tag{Codec: media.H264, End: true}, ""},
		{"H.264 end without composition time", "1702", media.Tag{Codec: media.H264, End: true}, ""},
		{"negative composition time", "2701 ffffd8 aa", media.Tag{Codec: media.H264, CompositionTime: -40 * ms}, "aa"},
		{"least composition time", "2701 800000 aa", media.Tag{Codec: media.H264, CompositionTime: -8388608 * ms}, "aa"},
		{"greatest composition time", "2701 7fffff aa", media.Tag{Codec: media.H264, CompositionTime: 8388607 * ms}, "aa"},
		{"header's composition time means nothing", "1700 000050 aa", media.Tag{Codec: media.H264, Header: true}, "aa"},
		{"generated keyframe", "4701 000000 aa", media.Tag{Codec: media.H264, Keyframe: true}, "aa"},
		{"keyframe without data", "1701 000000", media.Tag{Codec: media.H264}, ""},
		{"HEVC as codec 12, header", "1c00 000000" + hvcCMain, media.Tag{Codec: media.HEVC, Header: true}, hvcCMain},
		{"HEVC as codec 12, keyframe", "1c01 000021 aa", media.Tag{Codec: media.HEVC, Keyframe: true, CompositionTime: 33 * ms}, "aa"},
		{"command", "5700", media.Tag{}, "00"},
		{"H.263 keyframe", "12 aa", media.Tag{Codec: media.H263, Keyframe: true}, "aa"},
		{"H.263 disposable frame", "32 aa", media.Tag{Codec: media.H263}, "aa"},
		{"VP6", "24 aa", media.Tag{Codec: media.VP6}, "aa"},
		{"screen video", "16 aa", media.Tag{Codec: media.Screen, Keyframe: true}, "aa"},
	})
}

func TestInspectVideoEnhanced(t *testing.T) {
	check(t, media.InspectVideo, []sample{
		{"HEVC header", "90" + hvc1 + hvcCMain, media.Tag{Codec: media.HEVC, FourCC: "hvc1", Header: true}, hvcCMain},
		{"HEVC keyframe", "91" + hvc1 + "ffffdf aa", media.Tag{Codec: media.HEVC, FourCC: "hvc1", Keyframe: true, CompositionTime: -33 * ms}, "aa"},
		{"HEVC inter frame, time 0", "a3" + hvc1 + "aabbcc", media.Tag{Codec: media.HEVC, FourCC: "hvc1"}, "aabbcc"},
		{"HEVC end", "92" + hvc1, media.Tag{Codec: media.HEVC, FourCC: "hvc1", End: true}, ""},
		{"H.264 keyframe", "91" + avc1 + "000042 aa", media.Tag{Codec: media.H264, FourCC: "avc1", Keyframe: true, CompositionTime: 66 * ms}, "aa"},
		{"VVC inter frame", "a1" + vvc1 + "000042 aa", media.Tag{Codec: media.VVC, FourCC: "vvc1", CompositionTime: 66 * ms}, "aa"},
		{"AV1 header", "90" + av01 + av1C, media.Tag{Codec: media.AV1, FourCC: "av01", Header: true}, av1C},
		{"AV1 keyframe has no composition time", "91" + av01 + "000042", media.Tag{Codec: media.AV1, FourCC: "av01", Keyframe: true}, "000042"},
		{"AV1 header of MPEG-2 TS", "95" + av01 + "8004", media.Tag{Codec: media.AV1, FourCC: "av01", Header: true}, "8004"},
		{"VP9 keyframe", "91" + vp09 + "aa", media.Tag{Codec: media.VP9, FourCC: "vp09", Keyframe: true}, "aa"},
		{"VP8 inter frame", "a1" + vp08 + "aa", media.Tag{Codec: media.VP8, FourCC: "vp08"}, "aa"},
		{"metadata ignores the frame type", "d4" + hvc1 + "02", media.Tag{Codec: media.HEVC, FourCC: "hvc1"}, "02"},
		{"metadata is no keyframe", "94" + hvc1 + "02", media.Tag{Codec: media.HEVC, FourCC: "hvc1"}, "02"},
		{"command", "d1 01", media.Tag{}, "01"},
		{"keyframe without data", "93" + hvc1, media.Tag{Codec: media.HEVC, FourCC: "hvc1"}, ""},
		{"codec of the future", "93 66757431 aa", media.Tag{Codec: "fut1", FourCC: "fut1", Keyframe: true}, "aa"},
		{"ModEx with nanoseconds", "97 02 0c3500 03" + hvc1 + "aa", media.Tag{Codec: media.HEVC, FourCC: "hvc1", Keyframe: true, TimestampOffset: 800_000}, "aa"},
		{"two ModEx, the second unknown", "a7 02 000001 07 02 0000ff 11" + hvc1 + "000001 aa", media.Tag{Codec: media.HEVC, FourCC: "hvc1", CompositionTime: ms, TimestampOffset: 1}, "aa"},
		{"ModEx of 257 bytes", "97 ff 0100" + strings.Repeat("00", 257) + "13" + av01 + "aa", media.Tag{Codec: media.AV1, FourCC: "av01", Keyframe: true}, "aa"},
		{"ModEx of 255 bytes", "97 fe" + strings.Repeat("00", 255) + "13" + av01 + "aa", media.Tag{Codec: media.AV1, FourCC: "av01", Keyframe: true}, "aa"},
		{"one track", "96 01" + avc1 + "02 000021 aabb", media.Tag{Codec: media.H264, FourCC: "avc1", Keyframe: true, CompositionTime: 33 * ms, Track: 2}, "aabb"},
		{"one track's header", "96 00" + avc1 + "01" + avcCHigh, media.Tag{Codec: media.H264, FourCC: "avc1", Header: true, Track: 1}, avcCHigh},
		{"many tracks", "a6 13" + hvc1 + "00 000002 aabb 01 000001 cc", media.Tag{Codec: media.HEVC, FourCC: "hvc1"}, "aabb"},
		{"many tracks of many codecs", "96 23" + av01 + "00 000001 aa" + hvc1 + "01 000001 bb", media.Tag{Codec: media.AV1, FourCC: "av01", Keyframe: true}, "aa"},
		{"many tracks' end", "96 12" + av01 + "00 000000", media.Tag{Codec: media.AV1, FourCC: "av01", End: true}, ""},
		{"ModEx before tracks", "97 02 000005 06 03" + av01 + "03 aa", media.Tag{Codec: media.AV1, FourCC: "av01", Keyframe: true, Track: 3, TimestampOffset: 5}, "aa"},
	})
}

func TestFrame(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want bool
	}{
		"classic keyframe":               {avcKey, true},
		"classic inter frame":            {avcInter, true},
		"classic header":                 {avcHeader, false},
		"classic end":                    {avcEnd, false},
		"classic, without data":          {"1701 000000", false},
		"H.263":                          {"12 aa", true},
		"command":                        {"5700", false},
		"enhanced, with composition":     {"91" + hvc1 + "000000 aa", true},
		"enhanced, without":              {"a3" + hvc1 + "aa", true},
		"enhanced, AV1":                  {"a1" + av01 + "aa", true},
		"enhanced, after ModEx":          {"97 02 0c3500 03" + hvc1 + "aa", true},
		"enhanced, without data":         {"93" + hvc1, false},
		"enhanced header":                {"90" + hvc1 + hvcCMain, false},
		"enhanced metadata":              {"94" + hvc1 + "02", false},
		"enhanced end":                   {"92" + hvc1, false},
		"multitrack, one track":          {"96 03" + avc1 + "00 aabb", false},
		"multitrack, one track of many":  {"96 13" + avc1 + "00 000002 aabb", false},
		"multitrack, with ModEx":         {"97 02 000005 06 03" + avc1 + "00 aa", false},
		"multitrack, with a composition": {"96 01" + avc1 + "00 000021 aabb", false},
	} {
		t.Run(name, func(t *testing.T) {
			tag, err := media.InspectVideo(unhex(t, tt.body))
			if err != nil || tag.Frame != tt.want {
				t.Errorf("frame %v, error %v; want %v", tag.Frame, err, tt.want)
			}
		})
	}
}

func TestInspectVideoErrors(t *testing.T) {
	checkBad(t, media.InspectVideo, []badSample{
		{"empty", "", "empty"},
		{"only the first byte", "17", "cut short"},
		{"cut in the composition time", "17010000", "cut short"},
		{"header cut in the composition time", "17000000", "cut short"},
		{"unknown codec", "19", "video codec id 9"},
		{"unknown AVC packet type", "1703000000", "packet type 3"},
		{"cut in the FourCC", "90687663", "cut short"},
		{"cut in the enhanced composition time", "91" + hvc1 + "0000", "cut short"},
		{"no FourCC", "90 00000001 aa", "no FourCC"},
		{"unknown packet type", "98" + hvc1, "packet type 8"},
		{"ModEx without size", "97", "cut short"},
		{"ModEx without long size", "97ff00", "cut short"},
		{"ModEx cut in its data", "9702 0000", "cut short"},
		{"ModEx with nothing behind it", "9702 000000", "cut short"},
		{"endless ModEx", "97" + strings.Repeat("00 00 07", 100), "more than 16"},
		{"tracks within tracks", "96 06" + hvc1 + "00", "packet type 6"},
		{"ModEx within tracks", "96 07" + hvc1 + "00", "packet type 7"},
		{"unknown kind of multitrack", "96 33" + hvc1 + "00", "multitrack type 3"},
		{"multitrack and nothing else", "96", "cut short"},
		{"no track number", "96 03" + hvc1, "cut short"},
		{"no track size", "96 13" + hvc1 + "00 0000", "cut short"},
		{"track longer than the body", "96 13" + hvc1 + "00 000003 aabb", "cut short"},
	})
}

func TestInspectAudio(t *testing.T) {
	check(t, media.InspectAudio, []sample{
		{"AAC header", aacHeader, media.Tag{Codec: media.AAC, Header: true}, aacHeader[4:]},
		{"AAC frame", aacFrame, media.Tag{Codec: media.AAC}, aacFrame[4:]},
		{"MP3", mp3Frame, media.Tag{Codec: media.MP3}, mp3Frame[2:]},
		{"MP3 at 8 kHz", "ee aa", media.Tag{Codec: media.MP3}, "aa"},
		{"PCM", "3f aa", media.Tag{Codec: media.PCM}, "aa"},
		{"ADPCM", "1f aa", media.Tag{Codec: media.ADPCM}, "aa"},
		{"Nellymoser", "52 aa", media.Tag{Codec: media.Nellymoser}, "aa"},
		{"mu-law", "82 aa", media.Tag{Codec: media.G711}, "aa"},
		{"Speex", "b6 aa", media.Tag{Codec: media.Speex}, "aa"},
		{"Opus as format 13", "df aa", media.Tag{Codec: media.Opus}, "aa"},
		{"device specific", "ff aa", media.Tag{Codec: media.Device}, "aa"},

		{"Opus header", "90" + opus + opusHead, media.Tag{Codec: media.Opus, FourCC: "Opus", Header: true}, opusHead},
		{"Opus frame", "91" + opus + "aa", media.Tag{Codec: media.Opus, FourCC: "Opus"}, "aa"},
		{"Opus end", "92" + opus, media.Tag{Codec: media.Opus, FourCC: "Opus", End: true}, ""},
		{"multichannel configuration", "94" + opus + "00 06", media.Tag{Codec: media.Opus, FourCC: "Opus"}, "0006"},
		{"FLAC header", "90" + flac + flacHead, media.Tag{Codec: media.FLAC, FourCC: "fLaC", Header: true}, flacHead},
		{"AC-3", "91" + ac3 + "aa", media.Tag{Codec: media.AC3, FourCC: "ac-3"}, "aa"},
		{"E-AC-3", "91" + eac3 + "aa", media.Tag{Codec: media.EAC3, FourCC: "ec-3"}, "aa"},
		{"MP3 by FourCC", "91" + mp3 + "aa", media.Tag{Codec: media.MP3, FourCC: ".mp3"}, "aa"},
		{"AAC by FourCC", "90" + mp4a + "1190", media.Tag{Codec: media.AAC, FourCC: "mp4a", Header: true}, "1190"},
		{"ModEx", "97 02 00000a 01" + mp4a + "aa", media.Tag{Codec: media.AAC, FourCC: "mp4a", TimestampOffset: 10}, "aa"},
		{"one track", "95 01" + mp4a + "01 aa", media.Tag{Codec: media.AAC, FourCC: "mp4a", Track: 1}, "aa"},
		{"many tracks", "95 10" + mp4a + "00 000002 1190 01 000002 1210", media.Tag{Codec: media.AAC, FourCC: "mp4a", Header: true}, "1190"},
		{"many tracks of many codecs", "95 21" + opus + "00 000001 aa" + mp4a + "01 000001 bb", media.Tag{Codec: media.Opus, FourCC: "Opus"}, "aa"},
	})
}

func TestInspectAudioErrors(t *testing.T) {
	checkBad(t, media.InspectAudio, []badSample{
		{"empty", "", "empty"},
		{"AAC without packet type", "af", "cut short"},
		{"unknown AAC packet type", "af02", "packet type 2"},
		{"reserved format", "c0 aa", "sound format 12"},
		{"cut in the FourCC", "904f70", "cut short"},
		{"no FourCC", "90 ffffffff", "no FourCC"},
		{"unknown packet type", "93" + opus, "packet type 3"},
		{"video's multitrack", "96" + opus, "packet type 6"},
		{"tracks within tracks", "95 05" + opus + "00", "packet type 5"},
		{"endless ModEx", "97" + strings.Repeat("00 00 07", 100), "more than 16"},
	})
}
