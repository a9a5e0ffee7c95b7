package playback_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestCodecsPlay encodes a few seconds with ffmpeg in each codec, publishes them
// as enhanced RTMP would carry them, and has ffmpeg decode what comes out of HLS
// and of the feed. Pictures and sound must be as far apart as they were sent.
func TestCodecsPlay(t *testing.T) {
	t.Parallel()
	ffmpeg := require.Program(t, "ffmpeg")
	tests := map[string]struct {
		options string
		codecs  string // of the playlist
	}{
		"HEVC and AAC": {"-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=25 -tag:v hvc1 -c:a aac", "hvc1.1.6.L60.90,mp4a.40.2"},
		"AV1 and Opus": {"-c:v libsvtav1 -preset 12 -g 25 -c:a libopus", "av01.0.00M.08,opus"},
		"H.264, mono":  {"-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -ac 1", "avc1.4d400d,mp4a.40.2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := encoded(t, ffmpeg, test.options)
			sent := source.tags
			g := raise(t)
			url := serve(t, g)
			g.encoders.Go(func() {
				_ = run(g.out, source)
				g.stream.End()
			})
			waitLive(t, g)
			feed := make(chan []byte, 1)
			go func() {
				resp, err := http.Get(url + "/live.mp4")
				if err != nil {
					feed <- nil
					return
				}
				defer func() { _ = resp.Body.Close() }()
				body, _ := io.ReadAll(resp.Body)
				feed <- body
			}()
			if text := g.fetch("/index.m3u8"); !strings.Contains(text, `CODECS="`+test.codecs+`"`) || !strings.Contains(text, "RESOLUTION=320x240") {
				t.Errorf("the playlist says %s, want %s", text, test.codecs)
			}
			folder := g.session()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			out := filepath.Join(t.TempDir(), "out.mp4")
			text, err := exec.CommandContext(ctx, ffmpeg, "-hide_banner", "-loglevel", "error", "-xerror", "-live_start_index", "0",
				"-i", url+"/index.m3u8", "-c", "copy", "-strict", "-2", out).CombinedOutput()
			if err != nil || len(text) > 0 {
				t.Errorf("ffmpeg on HLS: %v\n%s", err, text)
			}
			checkDecodes(t, out, 90, 100)
			checkApart(t, sent, url+folder+"stream.m3u8", 90, 100, "-live_start_index", "0")
			file := filepath.Join(t.TempDir(), "feed.mp4")
			must(t, os.WriteFile(file, <-feed, 0o600))
			checkDecodes(t, file, 40, 40) // it may have begun a keyframe or two later
			checkApart(t, sent, file, 40, 40)
		})
	}
}

// tagList is a source of tags.
type tagList struct{ tags []flv.Tag }

func (l *tagList) Next() (flv.Tag, error) {
	if len(l.tags) == 0 {
		return flv.Tag{}, io.EOF
	}
	tag := l.tags[0]
	l.tags = l.tags[1:]
	return tag, nil
}

// encoded is four seconds of a test picture and a tone.
func encoded(t *testing.T, ffmpeg, options string) *tagList {
	t.Helper()
	file := filepath.Join(t.TempDir(), "in.mp4")
	args := strings.Fields("-hide_banner -loglevel error -f lavfi -i testsrc2=size=320x240:rate=25:duration=4 " +
		"-f lavfi -i sine=frequency=440:sample_rate=48000:duration=4 -pix_fmt yuv420p " + options +
		" -movflags +frag_keyframe+empty_moov+default_base_moof+delay_moov -strict -2")
	if text, err := exec.CommandContext(t.Context(), ffmpeg, append(args, file)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, text)
	}
	data, err := os.ReadFile(file)
	must(t, err)
	var head fmp4.Init
	must(t, head.Unmarshal(bytes.NewReader(data)))
	samples := sampleTags(t, head, data)
	return &tagList{append(headerTags(data), samples...)}
}

// headerTags makes sequence headers of the boxes of an MP4 file (E-RTMP v2,
// ExVideoTagHeader and ExAudioTagHeader).
func headerTags(data []byte) []flv.Tag {
	box := func(name string) []byte {
		i := bytes.Index(data, []byte(name))
		if i < 0 {
			return nil
		}
		return data[i+4 : i-4+int(binary.BigEndian.Uint32(data[i-4:]))]
	}
	var tags []flv.Tag
	for name, fourCC := range map[string]string{"avcC": "avc1", "hvcC": "hvc1", "av1C": "av01"} {
		if b := box(name); b != nil {
			tags = append(tags, flv.Tag{Kind: media.Video, Body: append([]byte("\x90"+fourCC), b...)})
		}
	}
	if b := box("dOps"); b != nil {
		head := append([]byte("OpusHead\x01"), b[1])
		head = binary.LittleEndian.AppendUint16(head, binary.BigEndian.Uint16(b[2:]))
		head = binary.LittleEndian.AppendUint32(head, binary.BigEndian.Uint32(b[4:]))
		head = append(head, 0, 0, 0)
		return append(tags, flv.Tag{Kind: media.Audio, Body: append([]byte("\x90Opus"), head...)})
	}
	esds := box("esds")
	i := bytes.Index(esds, []byte{5, 0x80, 0x80, 0x80}) // DecSpecificInfo with a size of four bytes
	return append(tags, flv.Tag{Kind: media.Audio, Body: append([]byte{0xAF, 0}, esds[i+5:i+5+int(esds[i+4])]...)})
}

// sampleTags makes tags of an MP4 file's samples, in the order of time.
func sampleTags(t *testing.T, head fmp4.Init, data []byte) (tags []flv.Tag) {
	t.Helper()
	var all []sample
	for _, piece := range pieces(t, data)[1:] {
		var parts fmp4.Parts
		if piece[7] != 'f' || parts.Unmarshal(piece) != nil { // mfra, at the end, is none
			continue
		}
		for _, track := range parts[0].Tracks {
			track.Samples[0].IsNonSyncSample = false // ffmpeg says so in flags that are not read
			all = append(all, unwrapTrack(t, head, track, 1)...)
		}
	}
	fourCC := string(headerTags(data)[0].Body[1:5])
	opus := bytes.Contains(data, []byte("dOps"))
	for len(all) > 0 {
		next := 0
		for i, s := range all {
			if s.dts < all[next].dts {
				next = i
			}
		}
		tags = append(tags, sampleTag(all[next], fourCC, opus))
		all = append(all[:next], all[next+1:]...)
	}
	return tags
}

func sampleTag(s sample, fourCC string, opus bool) flv.Tag {
	tag := flv.Tag{Kind: s.kind, Time: uint32(s.dts.Milliseconds())}
	switch {
	case s.kind == media.Audio && opus:
		tag.Body = []byte("\x91Opus")
	case s.kind == media.Audio:
		tag.Body = []byte{0xAF, 1}
	default:
		frame := byte(0xA1)
		if s.key {
			frame = 0x91
		}
		tag.Body = append([]byte{frame}, fourCC...)
		if fourCC != "av01" {
			ms := s.composition.Milliseconds()
			tag.Body = append(tag.Body, byte(ms>>16), byte(ms>>8), byte(ms))
		}
	}
	tag.Body = append(tag.Body, s.payload...)
	return tag
}
