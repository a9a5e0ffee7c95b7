package record_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestSplits plays over HTTP what was split. All that was sent is there once, at
// its time as the clock went: there is no hole at a seam, and nothing twice.
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
		"FLV by size": {record.Settings{Format: record.FLV, SplitBytes: 200_000}, 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.settings.Folder = t.TempDir()
			files := recordTags(t, record.Config{Settings: tt.settings}, tags)
			if len(files) != tt.parts {
				t.Errorf("%d parts, want %d: %v", len(files), tt.parts, files)
			}
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
			}
			checkSeams(t, shelf(t, tt.settings.Folder).Handler(), sent)
		})
	}
}

// checkSeams compares the packets of the first show, of all its parts, with those
// of a file that was sent.
func checkSeams(t *testing.T, h http.Handler, sent string) {
	t.Helper()
	var show record.Show
	must(t, json.Unmarshal(get(h, firstShow).Body.Bytes(), &show))
	for _, track := range []string{"v", "a"} {
		var got []packet
		for _, p := range show.Parts {
			file, _ := played(t, h, "/main/replay/"+show.Date+"/"+p.File)
			for _, one := range packets(t, file, track) {
				one.Time += p.Started.Sub(show.Started)
				got = append(got, one)
			}
		}
		want := packets(t, sent, track)
		if len(got) != len(want) {
			t.Errorf("%s: %d packets are played of all parts, %d were sent", track, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i].Hash != want[i].Hash || (got[i].Time-want[i].Time).Abs() > 5*time.Millisecond {
				t.Fatalf("%s: packet %d is played as %+v, and was sent as %+v", track, i, got[i], want[i])
			}
		}
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
