package flv_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// The whole of a file that ffmpeg 5.1 made with "-f lavfi -i
// anullsrc=sample_rate=48000:channel_layout=mono -t 0.02 -c:a aac -fflags
// +bitexact -flags:a +bitexact -flvflags no_duration_filesize+no_metadata".
const ffmpegFile = "464c56010400000009000000000800000700000000000000af00118856e500000000120800000600000000000000af0101182007000000110800000600001500000000af010118200700000011"

// How a file with video and audio begins.
const begin = "464c5601 05 00000009 00000000"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readAll reads all tags and the error that ended it.
func readAll(r io.Reader) (tags []flv.Tag, err error) {
	in := flv.NewReader(r)
	for {
		tag, err := in.Next()
		if err != nil {
			if _, again := in.Next(); again != err {
				return tags, errors.New("the error changed from one call to the next")
			}
			return tags, err
		}
		tags = append(tags, tag)
	}
}

func TestReader(t *testing.T) {
	tests := []struct {
		name, file string
		want       []flv.Tag
	}{
		{"no tags", begin, nil},
		{"three kinds", begin +
			"12 000002 000000 00 000000 0201 0000000d" +
			"09 000001 000021 00 000000 17 0000000c" +
			"08 000000 000022 00 000000 0000000b", []flv.Tag{
			{Kind: media.Data, Body: []byte{2, 1}},
			{Kind: media.Video, Time: 33, Body: []byte{0x17}},
			{Kind: media.Audio, Time: 34, Body: []byte{}},
		}},
		{"time with its high byte", begin + "09 000001 fffffe 81 000000 17 0000000c", []flv.Tag{
			{Kind: media.Video, Time: 0x81fffffe, Body: []byte{0x17}}}},
		{"longer header", "464c5601 05 0000000b 0000 00000000 09 000001 000000 00 000000 17 0000000c", []flv.Tag{
			{Kind: media.Video, Body: []byte{0x17}}}},
		{"other types are skipped", begin + "0a 000003 000000 00 000000 010203 0000000e 09 000001 000000 00 000000 17 0000000c", []flv.Tag{
			{Kind: media.Video, Body: []byte{0x17}}}},
		{"wrong size after a tag", begin + "09 000001 000000 00 000000 17 ffffffff 08 000001 000000 00 000000 af 0000000c", []flv.Tag{
			{Kind: media.Video, Body: []byte{0x17}}, {Kind: media.Audio, Body: []byte{0xaf}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := unhex(t, tt.file)
			for _, r := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file))} {
				got, err := readAll(r)
				if err != io.EOF {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
			}
		})
	}
}

func TestReaderReadsWhatFFmpegWrote(t *testing.T) {
	tags, err := readAll(bytes.NewReader(unhex(t, ffmpegFile)))
	if err != io.EOF {
		t.Fatal(err)
	}
	if len(tags) < 2 {
		t.Fatalf("%d tags", len(tags))
	}
	for i, tag := range tags {
		got, err := media.InspectAudio(tag.Body)
		if err != nil || tag.Kind != media.Audio || got.Codec != media.AAC || got.Header != (i == 0) {
			t.Errorf("tag %d is %s, %+v, %v", i, tag.Kind, got, err)
		}
	}
	var out bytes.Buffer
	w := flv.NewWriter(&out, true, false)
	for _, tag := range tags {
		if err := w.Write(tag); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), unhex(t, ffmpegFile)) {
		t.Errorf("written again it is\n%x", out.Bytes())
	}
}

func TestReaderErrors(t *testing.T) {
	const tag = "09 000002 000000 00 000000 1701 0000000d"
	tests := []struct {
		name, file string
		tags       int
		err        string
		cut        bool
	}{
		{"empty", "", 0, `not an FLV file: it begins with ""`, false},
		{"another file", "00000018667479706d703432", 0, `begins with "\x00\x00\x00", not with "FLV"`, false},
		{"another short file", "46 00", 0, "not an FLV file", false},
		{"version", "464c5602 05 00000009 00000000", 0, "version 2", false},
		{"header too small", "464c5601 05 00000008 00000000", 0, "8 bytes", false},
		{"header too large", "464c5601 05 7fffffff 00000000", 0, "2147483647 bytes", false},
		{"cut in the signature", "464c", 0, "byte 2, in its header", true},
		{"cut in the header", "464c5601 05 000000", 0, "byte 8, in its header", true},
		{"cut after the header", "464c5601 05 00000009 0000", 0, "byte 11, in its header", true},
		{"cut in a tag's header", begin + tag + "09 000002 0000", 1, "byte 36, in the header of the tag at byte 30", true},
		{"cut in a tag", begin + tag + "09 000005 000000 00 000000 1701", 1, "byte 43, in the tag at byte 30, which has 5 bytes", true},
		{"cut before a tag's body", begin + "09 000005 000000 00 000000", 0, "in the tag at byte 13", true},
		{"cut after a tag", begin + tag[:len(tag)-8], 1, "in the size after the tag at byte 13", true},
		{"cut in a large tag", begin + "09 ffffff 000000 00 000000 1701", 0, "which has 16777215 bytes", true},
		{"encrypted", begin + "29 000002 000000 00 000000 1701 0000000d", 0, "at byte 13 is encrypted", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tags, err := readAll(bytes.NewReader(unhex(t, tt.file)))
			if err == io.EOF || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %q does not say %q", err, tt.err)
			}
			if errors.Is(err, io.ErrUnexpectedEOF) != tt.cut {
				t.Errorf("error %q wraps io.ErrUnexpectedEOF: %v, want %v", err, !tt.cut, tt.cut)
			}
			if len(tags) != tt.tags {
				t.Errorf("%d tags before the error, want %d", len(tags), tt.tags)
			}
		})
	}
}

func TestReaderPassesOnOtherErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	file := io.MultiReader(bytes.NewReader(unhex(t, begin+"09 000005")), iotest.ErrReader(broken))
	if _, err := flv.NewReader(file).Next(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestReaderDoesNotTrustSizes: a file of a few bytes that promises 16 MiB must
// not cost 16 MiB.
func TestReaderDoesNotTrustSizes(t *testing.T) {
	file := unhex(t, begin+"09 ffffff 000000 00 000000 1701")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = flv.NewReader(bytes.NewReader(file)).Next()
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 2<<20 {
		t.Errorf("%d bytes allocated for a file of %d", cost, len(file))
	}
}

func TestRoundTrip(t *testing.T) {
	want := []flv.Tag{
		{Kind: media.Data, Body: []byte("\x02\x00\x0aonMetaData\x05")},
		{Kind: media.Video, Time: 1<<24 - 1, Body: bytes.Repeat([]byte{1}, 300<<10)},
		{Kind: media.Audio, Time: 1 << 24, Body: []byte{0xaf, 1}},
		{Kind: media.Video, Time: 1<<32 - 1, Body: bytes.Repeat([]byte{2}, flv.MaxBody)},
		{Kind: media.Video, Time: 5, Body: []byte{}},
	}
	var file bytes.Buffer
	w := flv.NewWriter(&file, true, true)
	for _, tag := range want {
		if err := w.Write(tag); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readAll(&file)
	if err != io.EOF {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("what was read is not what was written")
	}
}

func TestWriterFlags(t *testing.T) {
	for _, tt := range []struct {
		name         string
		audio, video bool
		want         byte
	}{{"audio", true, false, 4}, {"video", false, true, 1}, {"both", true, true, 5}, {"neither", false, false, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			var file bytes.Buffer
			if err := flv.NewWriter(&file, tt.audio, tt.video).Write(flv.Tag{Kind: media.Data}); err != nil {
				t.Fatal(err)
			}
			if got := file.Bytes()[4]; got != tt.want {
				t.Errorf("flags %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWriterErrors(t *testing.T) {
	t.Run("kind", func(t *testing.T) {
		err := flv.NewWriter(io.Discard, true, true).Write(flv.Tag{Kind: 7})
		if err == nil || !strings.Contains(err.Error(), "kind 7") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("size", func(t *testing.T) {
		err := flv.NewWriter(io.Discard, true, true).Write(flv.Tag{Kind: media.Video, Body: make([]byte, flv.MaxBody+1)})
		if err == nil || !strings.Contains(err.Error(), "video body has 16777216 bytes") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing is written after a failure", func(t *testing.T) {
		out := &failing{}
		w := flv.NewWriter(out, true, true)
		first := w.Write(flv.Tag{Kind: media.Audio})
		second := w.Write(flv.Tag{Kind: media.Audio})
		if !errors.Is(first, io.ErrShortWrite) || second != first || out.calls != 1 {
			t.Errorf("errors %v and %v after %d calls", first, second, out.calls)
		}
	})
}

type failing struct{ calls int }

func (f *failing) Write([]byte) (int, error) {
	f.calls++
	return 3, io.ErrShortWrite
}
