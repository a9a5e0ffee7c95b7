package media_test

import (
	"encoding/hex"
	"strings"
	"testing"
)

// Decoder configurations and the beginnings of frames, as ffmpeg 5.1 with
// libx264 164, libx265 3.5, libaom, libopus and libmp3lame makes them: one frame of
// "-f lavfi -i testsrc2=size=WxH:rate=R" into mp4, or a tenth of a second of
// "-f lavfi -i sine" into flv, ogg or flac, and out of it the box, or the tag
// body, named here.
const (
	// -c:v libx264 -profile:v high -level 4.1, 1920x1080 at 30000/1001.
	avcCHigh = "01640029ffe1001967640029acd940780227e5c04400000fa40003a9803c60c65801000668ebe3cb22c0fdf8f800"
	// -c:v libx264 -profile:v baseline -level 3.0, 640x360 at 25.
	avcCBaseline = "0142c01effe100196742c01ed900a02ff97011000003000100000300320f162e4801000568cb83cb20"
	// -c:v libx264 -profile:v high10 -pix_fmt yuv420p10le, 1280x720 at 60.
	avcCHigh10 = "016e0020ffe1001a676e0020a6cd9405005bb011000003000100000300780f18319601000668ebe3cb22c0fdfafa00"
	// -c:v libx265 -tag:v hvc1, 1920x1080 at 60; the array with the encoder's SEI was taken out.
	hvcCMain = "0101600000009000000000007bf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003007b959809" +
		"a10001002a42010101600000030090000003000003007ba003c08010e596566924caf0168080000003008000001e04a20001000" +
		"74401c172b46240"
	// The same with -pix_fmt yuv420p10le -x265-params level-idc=41, 1280x720 at 25.
	hvcCMain10 = "0102200000009000000000007bf000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003000003007b959809" +
		"a10001002b42010102200000030090000003000003007ba00280802d1365959a4932bc05a02000000300200000030321a200010" +
		"0074401c172b46240"
	// -c:v libaom-av1, 1280x720 at 30.
	av1C = "81050c000a0b0000002d4cffb3ccaf9004"

	// -c:v libx264 -bf 2, 64x64 at 25: the bodies of the first video tags, cut
	// after some bytes of data, and of the last one.
	avcHeader = "1700000000" + "0164000affe100186764000aacd94426c044000003000400000300c83c48965801000668ebe3cb22c0fdf8f800"
	avcKey    = "1701000050" + "000002ae0605ffffaadc45e9bde6d948b7962cd8"
	avcInter  = "27010000a0" + "000000fd419a236c425fca70757e8f79c27acc2a"
	avcEnd    = "1702000000"

	// -c:a aac -ac 2 at 44.1 kHz: the first two tag bodies, the second one cut.
	aacHeader = "af00" + "121056e500"
	aacFrame  = "af01" + "de02004c61766335392e33372e3130300042561f"
	// -c:a aac -ac 6 at 48 kHz.
	aac51Header = "af00" + "11b056e500"
	// -c:a libmp3lame at 44.1 kHz, cut.
	mp3Frame = "2f" + "fffb90640000026b0bce9d60600000000d20a000"
	// -c:a libopus -ac 2.
	opusHead = "4f707573486561640102380180bb0000000000"
	// -c:a flac -ac 2 at 48 kHz.
	flacHead = "664c614300000022120012000000780005110bb802f0000012c0ba43705036a3bb057849a9f54f6928a3"
)

// FourCCs.
const (
	avc1, hvc1, vvc1, av01 = "61766331", "68766331", "76766331", "61763031"
	vp08, vp09             = "76703038", "76703039"
	mp4a, opus, mp3, flac  = "6d703461", "4f707573", "2e6d7033", "664c6143"
	ac3, eac3              = "61632d33", "65632d33"
)

// unhex is for bytes that are written in parts, with spaces between them.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
