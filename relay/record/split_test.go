package record_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

func TestSplits(t *testing.T) {
	t.Parallel()
	tags := long(t, 2)
	sent := writeFLV(t, tags)
	tests := map[string]struct {
		settings record.Settings
		parts    int
	}{
		"MP4 by time": {record.Settings{SplitEvery: 3 * time.Second}, 4},
		"MP4 by size": {record.Settings{SplitBytes: 200_000}, 4},
		"FLV by time": {record.Settings{Format: record.FLV, SplitEvery: 5 * time.Second}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := recordTags(t, record.Config{Settings: tt.settings}, tags)
			if len(files) != tt.parts {
				t.Errorf("%d parts, want %d: %v", len(files), tt.parts, files)
			}
			var pictures []string
			end := int64(0)
			for i, f := range files {
				p := about(t, f)
				if p.Number != i+1 || p.Date != about(t, files[0]).Date || i > 0 && p.MediaStart < end {
					t.Errorf("part %d is described as %+v", i+1, p)
				}
				if off := p.Started.Sub(about(t, files[0]).Started).Milliseconds() - p.MediaStart; off != -about(t, files[0]).MediaStart {
					t.Errorf("part %d: clock and timeline differ by %d ms", i+1, off)
				}
				end = p.MediaStart + p.Length - 50
				pictures = append(pictures, coded(t, f, "0:v")...)
			}
			if want := coded(t, sent, "0:v"); !slices.Equal(pictures, want) {
				t.Errorf("%d pictures in all parts, %d were sent, and they differ", len(pictures), len(want))
			}
		})
	}
}

// TestNewParametersAreANewPart changes the size of the picture in mid-stream.
func TestNewParametersAreANewPart(t *testing.T) {
	t.Parallel()
	tags := long(t, 1)
	after := synthetic(t, relaytest.Synthetic{Duration: 3 * time.Second, VideoBitrate: 400_000, NoMetadata: true})
	for i := range after {
		after[i].Time += 8000
	}
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			files := recordTags(t, record.Config{Settings: record.Settings{Format: format}}, slices.Concat(tags, after))
			if len(files) != 2 {
				t.Fatalf("%d parts: %v", len(files), files)
			}
			if n := len(coded(t, files[0], "0:v")); n != 240 {
				t.Errorf("%d pictures before the change, want 240", n)
			}
			if p := about(t, files[1]); p.MediaStart-about(t, files[0]).MediaStart != 8000 {
				t.Errorf("the part after the change is %+v", p)
			}
			if format == record.FLV {
				if got := readFLV(t, files[1]); !bytes.Equal(got[1].Body, after[0].Body) || !isHeader(got[2]) {
					t.Error("the part after the change does not begin with the new headers")
				}
			}
		})
	}
}

// TestRepeatedHeadersAreNoNewPart has an encoder send its headers with each
// keyframe.
func TestRepeatedHeadersAreNoNewPart(t *testing.T) {
	t.Parallel()
	var tags, heads []flv.Tag
	for _, tag := range long(t, 1) {
		m, _ := media.InspectVideo(tag.Body)
		switch {
		case isHeader(tag):
			heads = append(heads, tag)
		case tag.Kind == media.Video && m.Keyframe:
			for _, h := range heads {
				h.Time = tag.Time
				tags = append(tags, h)
			}
		}
		if !isHeader(tag) {
			tags = append(tags, tag)
		}
	}
	if files := recordTags(t, record.Config{}, tags); len(files) != 1 || len(coded(t, files[0], "0:v")) != 240 {
		t.Errorf("files: %v", files)
	}
}
