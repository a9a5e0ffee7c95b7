package media_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// asc is an AudioSpecificConfig of AAC-LC at 48 kHz (index 3).
func asc(channels byte) []byte { return []byte{2<<3 | 3>>1, 3<<7&0xff | channels<<3} }

func opusID(channels, family byte) []byte {
	head := append([]byte("OpusHead\x01"), channels)
	return append(head, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, family)
}

func TestSilenceOf(t *testing.T) {
	classic := func(config []byte) []byte { return append([]byte{0xAF, 0}, config...) }
	enhanced := func(fourCC string, config []byte) []byte { return append([]byte("\x90"+fourCC), config...) }
	tests := map[string]struct {
		header  []byte
		want    string // the first bytes; empty if none is known
		samples int
		rate    int
	}{
		"AAC stereo":            {classic(asc(2)), "\xAF\x01\x21\x10\x04", 1024, 48000},
		"AAC mono, 44.1 kHz":    {classic([]byte{0x12, 0x08}), "\xAF\x01\x01\x18", 1024, 44100},
		"AAC by FourCC":         {enhanced("mp4a", asc(2)), "\x91mp4a\x21\x10", 1024, 48000},
		"Opus stereo":           {enhanced("Opus", opusID(2, 0)), "\x91Opus\xfc\xff\xfe", 960, 48000},
		"Opus mono":             {enhanced("Opus", opusID(1, 0)), "\x91Opus\xf8\xff\xfe", 960, 48000},
		"Opus 5.1":              {enhanced("Opus", opusID(6, 1)), "", 0, 0},
		"Opus without a header": {enhanced("Opus", nil), "", 0, 0},
		"HE-AAC":                {classic([]byte{0x2b, 0x11, 0x88, 0x00}), "", 0, 0},
		"AAC, layout in PCE":    {classic(asc(0)), "", 0, 0},
		"AAC, 960 samples":      {classic([]byte{0x11, 0x94}), "", 0, 0},
		"AAC at 1 MHz":          {classic([]byte{0x17, 0x87, 0xa1, 0x20, 0x10}), "", 0, 0},
		"AAC cut short":         {classic([]byte{0x11}), "", 0, 0},
		"FLAC":                  {enhanced("fLaC", nil), "", 0, 0},
		"MP3":                   {[]byte{0x2F, 0xFF}, "", 0, 0},
		"a frame":               {[]byte{0xAF, 1, 0x21}, "", 0, 0},
		"nothing":               {nil, "", 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, known := media.SilenceOf(tt.header)
			if known != (tt.want != "") {
				t.Fatalf("known: %v", known)
			}
			if !known {
				return
			}
			if !bytes.HasPrefix(got.Body, []byte(tt.want)) || got.Samples != tt.samples || got.Rate != tt.rate {
				t.Errorf("got %x, %d samples at %d Hz", got.Body, got.Samples, got.Rate)
			}
			if tag, err := media.InspectAudio(got.Body); err != nil || tag.Header {
				t.Errorf("it reads as %+v, %v", tag, err)
			}
		})
	}
}

// A decoder takes each of the frames and hears nothing.
func TestSilenceIsSilent(t *testing.T) {
	ffmpeg := require.Program(t, "ffmpeg")
	for channels := byte(1); channels <= 6; channels++ {
		t.Run(fmt.Sprint(channels), func(t *testing.T) {
			header := append([]byte{0xAF, 0}, asc(channels)...)
			silence, known := media.SilenceOf(header)
			if !known {
				t.Fatal("not known")
			}
			file := filepath.Join(t.TempDir(), "silence.flv")
			writeSound(t, file, header, silence)
			out, err := exec.Command(ffmpeg, "-v", "info", "-xerror", "-i", file, "-af", "volumedetect", "-f", "null", "-").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "max_volume: -91.0 dB") {
				t.Errorf("ffmpeg: %v\n%s", err, out)
			}
		})
	}
}

func writeSound(t *testing.T, file string, header []byte, s media.Silence) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	w := flv.NewWriter(f, true, false)
	tags := []flv.Tag{{Kind: media.Audio, Body: header}}
	for i := range 50 {
		tags = append(tags, flv.Tag{Kind: media.Audio, Time: uint32(i * s.Samples * 1000 / s.Rate), Body: s.Body})
	}
	for _, tag := range tags {
		if err := w.Write(tag); err != nil {
			t.Fatal(err)
		}
	}
}
