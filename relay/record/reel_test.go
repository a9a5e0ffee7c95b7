package record_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

const (
	firstShow = "/main/replay/2000-01-01T00-00-00Z.json"
	firstPart = "/main/replay/2000-01-01T00-00-00Z/2000-01-01T00-00-00Z.mp4"
)

// asFLV records tags as FLV, and returns what serves them, and the first file.
func asFLV(t *testing.T, settings record.Settings, tags []flv.Tag) (h http.Handler, file string) {
	t.Helper()
	settings.Format = record.FLV
	if settings.Folder == "" {
		settings.Folder = t.TempDir()
	}
	files := recordTags(t, record.Config{Settings: settings}, tags)
	return shelf(t, settings.Folder).Handler(), files[0]
}

// played is what is played of a part, in a file.
func played(t *testing.T, h http.Handler, path string) (file string, data []byte) {
	t.Helper()
	w := get(h, path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "video/mp4" && w.Header().Get("Content-Type") != "audio/mp4" {
		t.Fatalf("%s is answered %d %v %.200s", path, w.Code, w.Header(), w.Body)
	}
	file = filepath.Join(t.TempDir(), "played.mp4")
	must(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
	return file, w.Body.Bytes()
}

// TestFLVIsPlayedAsMP4 decodes what is played of streams that were recorded as
// FLV, and what was recorded. Packets have the same times.
func TestFLVIsPlayedAsMP4(t *testing.T) {
	t.Parallel()
	only := func(kind media.Kind) (tags []flv.Tag) {
		return slices.DeleteFunc(long(t, 1), func(tag flv.Tag) bool { return tag.Kind != kind })
	}
	slow := func() (tags []flv.Tag) { // no keyframe but the first
		first := true
		return slices.DeleteFunc(long(t, 1), func(tag flv.Tag) bool {
			m, _ := media.InspectVideo(tag.Body)
			if tag.Kind != media.Video || !m.Keyframe {
				return false
			}
			defer func() { first = false }()
			return !first
		})
	}
	for what, tags := range map[string][]flv.Tag{
		"both": long(t, 2), "pictures": only(media.Video), "sound": only(media.Audio),
		"one keyframe": slow(),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h, recorded := asFLV(t, record.Settings{}, tags)
			name := strings.TrimSuffix(filepath.Base(recorded), ".flv") // sound alone is waited with
			file, _ := played(t, h, "/main/replay/"+name+"/"+name+".mp4")
			for _, track := range []string{"v", "a"} {
				want, got := packets(t, recorded, track), packets(t, file, track)
				if len(got) != len(want) {
					t.Errorf("%s: %d packets are played, %d were recorded", track, len(got), len(want))
					continue
				}
				for i := range want {
					if got[i].Hash != want[i].Hash || got[i].Size != want[i].Size || (got[i].Time-want[i].Time).Abs() > 5*time.Millisecond {
						t.Fatalf("%s: packet %d is played as %+v, and was recorded as %+v", track, i, got[i], want[i])
					}
				}
				if what == "both" && !slices.Equal(decoded(t, file, "0:"+track), decoded(t, recorded, "0:"+track)) {
					t.Errorf("%s is played differently", track)
				}
			}
		})
	}
}

// packet is one as ffprobe reads it.
type packet struct {
	Time time.Duration // of showing
	Size int
	Hash string
}

// packets are those of a file's pictures ("v") or sound ("a").
func packets(t *testing.T, file, track string) (all []packet) {
	t.Helper()
	text := run(t, "ffprobe", "-loglevel", "error", "-select_streams", track, "-show_packets", "-show_data_hash", "md5",
		"-show_entries", "packet=pts_time,size,data_hash", "-of", "json", file)
	var probe struct {
		Packets []struct {
			Time string `json:"pts_time"`
			Size int    `json:"size,string"`
			Hash string `json:"data_hash"`
		}
	}
	must(t, json.Unmarshal([]byte(text), &probe))
	for _, p := range probe.Packets {
		at, err := time.ParseDuration(p.Time + "s")
		must(t, err)
		all = append(all, packet{at, p.Size, p.Hash})
	}
	return all
}

// TestOtherCodecsInFLVArePlayed plays what cannot be decoded here, but told.
func TestOtherCodecsInFLVArePlayed(t *testing.T) {
	t.Parallel()
	for fourCC, want := range map[string]string{"hvc1": "hevc", "av01": "av1", "avc1": "h264"} {
		t.Run(fourCC, func(t *testing.T) {
			t.Parallel()
			tags := synthetic(t, relaytest.Synthetic{Duration: 3 * time.Second, VideoBitrate: 400_000, FourCC: fourCC, BFrames: fourCC != "av01"})
			h, _ := asFLV(t, record.Settings{}, tags)
			file, _ := played(t, h, firstPart)
			text := run(t, "ffprobe", "-loglevel", "fatal", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file)
			if text != want+"\naac\n" {
				t.Errorf("ffprobe finds %q", text)
			}
		})
	}
}

// TestWhatMP4CannotHoldIsNotPlayed says why, in the list and in the answer.
func TestWhatMP4CannotHoldIsNotPlayed(t *testing.T) {
	t.Parallel()
	tags := long(t, 1)[:200]
	tags = slices.DeleteFunc(tags, func(tag flv.Tag) bool { return tag.Kind == media.Audio })
	for i := range tags {
		if tags[i].Kind == media.Video {
			tags[i].Body = append([]byte{tags[i].Body[0]&0xf0 | 4}, tags[i].Body[1:]...) // VP6
		}
	}
	h, _ := asFLV(t, record.Settings{}, tags)
	if w := get(h, firstPart); w.Code != http.StatusUnsupportedMediaType || !strings.Contains(w.Body.String(), "VP6") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if text := get(h, "/main/replay").Body.String(); !strings.Contains(text, `"playable":false`) {
		t.Error(text)
	}
}
