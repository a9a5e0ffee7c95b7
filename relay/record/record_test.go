package record_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestMP4HasEveryPicture records a stream with B-frames and decodes what was sent
// and what was recorded.
func TestMP4HasEveryPicture(t *testing.T) {
	t.Parallel()
	tags := long(t, 1)
	files := recordTags(t, record.Config{}, tags)
	if len(files) != 1 {
		t.Fatalf("%d files: %v", len(files), files)
	}
	sent := writeFLV(t, tags)
	for _, track := range []string{"0:v", "0:a"} {
		want, got := decoded(t, sent, track), decoded(t, files[0], track)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d frames were recorded, %d sent, and they differ", track, len(got), len(want))
		}
	}
	checkLength(t, files[0], 8*time.Second)
	head, err := os.ReadFile(files[0])
	must(t, err)
	if at := bytes.Index(head, []byte("sidx")); at < 0 || at > 4<<10 {
		t.Errorf("its index is at %d", at)
	}
}

// checkLength wants a file that players know the length of, as the description
// says it, and that begins at 0.
func checkLength(t *testing.T, file string, want time.Duration) {
	t.Helper()
	var probe struct {
		Format struct {
			Start    string `json:"start_time"`
			Duration string `json:"duration"`
		}
		Streams []struct {
			Kind  string `json:"codec_type"`
			Start string `json:"start_time"`
		}
	}
	must(t, json.Unmarshal([]byte(run(t, "ffprobe", "-loglevel", "error", "-show_format", "-show_streams", "-of", "json", file)), &probe))
	told := time.Duration(about(t, file).Length) * time.Millisecond
	length, _ := strconv.ParseFloat(probe.Format.Duration, 64)
	seen := time.Duration(length * float64(time.Second))
	if (told-want).Abs() > 100*time.Millisecond || (seen-want).Abs() > 200*time.Millisecond {
		t.Errorf("%s: ffprobe says %v, the description %v, want %v", filepath.Base(file), seen, told, want)
	}
	if start, _ := strconv.ParseFloat(probe.Format.Start, 64); start < 0 || start > 0.1 {
		t.Errorf("%s begins at %v s", filepath.Base(file), start)
	}
}

// TestFLVHasEveryByte compares the tags of a recording with those that were sent.
func TestFLVHasEveryByte(t *testing.T) {
	t.Parallel()
	tags := long(t, 1)
	files := recordTags(t, record.Config{Settings: record.Settings{Format: record.FLV}}, tags)
	if len(files) != 1 {
		t.Fatalf("%d files: %v", len(files), files)
	}
	checkTags(t, readFLV(t, files[0]), tags)
	decoded(t, files[0], "0")
}

func checkTags(t *testing.T, got, want []flv.Tag) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got) || i >= len(want):
			t.Fatalf("%d tags were recorded, %d sent", len(got), len(want))
		case got[i].Kind != want[i].Kind || !bytes.Equal(got[i].Body, want[i].Body) || got[i].Time != want[i].Time:
			t.Fatalf("tag %d: %v at %d ms of %d bytes was recorded, %v at %d ms of %d bytes sent", i,
				got[i].Kind, got[i].Time, len(got[i].Body), want[i].Kind, want[i].Time, len(want[i].Body))
		}
	}
}

func TestOneTrackAlone(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]media.Kind{"sound": media.Audio, "pictures": media.Video} {
		var tags []flv.Tag
		for _, tag := range long(t, 1) {
			if tag.Kind == kind {
				tags = append(tags, tag)
			}
		}
		want := coded(t, writeFLV(t, tags), "0")
		for _, format := range []record.Format{record.MP4, record.FLV} {
			t.Run(name+" "+string(format), func(t *testing.T) {
				t.Parallel()
				files := recordTags(t, record.Config{Settings: record.Settings{Format: format, SplitEvery: 5 * time.Second}}, tags)
				if len(files) != 2 {
					t.Fatalf("%d parts: %v", len(files), files)
				}
				n := 0
				for _, f := range files {
					n += len(coded(t, f, "0"))
				}
				// The stream takes a second to believe that there will be no
				// pictures.
				missing := map[media.Kind]int{media.Audio: 50}[kind]
				if n < len(want)-missing || n > len(want) {
					t.Errorf("%d frames, want %d", n, len(want))
				}
			})
		}
	}
}

// TestOtherCodecs records what cannot be decoded here, but told.
func TestOtherCodecs(t *testing.T) {
	t.Parallel()
	for fourCC, want := range map[string]string{"hvc1": "hevc", "av01": "av1", "avc1": "h264"} {
		t.Run(fourCC, func(t *testing.T) {
			t.Parallel()
			tags := synthetic(t, relaytest.Synthetic{Duration: 3 * time.Second, VideoBitrate: 400_000, FourCC: fourCC, BFrames: fourCC != "av01"})
			files := recordTags(t, record.Config{}, tags)
			if len(files) != 1 {
				t.Fatalf("files: %v", files)
			}
			var probe struct {
				Streams []struct {
					Codec string `json:"codec_name"`
				}
			}
			text := run(t, "ffprobe", "-loglevel", "fatal", "-show_streams", "-of", "json", files[0])
			must(t, json.Unmarshal([]byte(text), &probe))
			if len(probe.Streams) != 2 || probe.Streams[0].Codec != want || probe.Streams[1].Codec != "aac" {
				t.Errorf("ffprobe finds %+v", probe.Streams)
			}
		})
	}
}

// TestWhatMP4CannotHold has a stream with MP3 sound, which FLV takes.
func TestWhatMP4CannotHold(t *testing.T) {
	t.Parallel()
	tags := long(t, 1)[:200]
	tags = slices.DeleteFunc(tags, func(tag flv.Tag) bool { return tag.Kind == media.Audio && isHeader(tag) })
	for i := range tags {
		if tags[i].Kind == media.Audio {
			tags[i].Body = append([]byte{0x2f}, tags[i].Body[1:]...)
		}
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(tags)
		if s := g.rec.Status(); s.Error == "" || s.File != "" {
			t.Errorf("status %+v", s)
		}
	})
	if files := recorded(t, dir, ""); len(files) != 0 {
		t.Errorf("files: %v", files)
	}
	files := recordTags(t, record.Config{Settings: record.Settings{Format: record.FLV}}, tags)
	checkTags(t, readFLV(t, files[0]), tags)
}

// TestBroadcastsAreFilesOfTheirOwn records two, and has a third that is under way
// when the recorder starts anew.
func TestBroadcastsAreFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := record.Config{Settings: record.Settings{Folder: dir}}
	tags := long(t, 1)
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, conf)
		defer g.stop()
		g.send(tags)
		g.stream.End()
		synctest.Wait()
		if s := g.rec.Status(); s.File != "" {
			t.Errorf("status after the end: %+v", s)
		}
		g.takeOver()
		g.send(tags[:300])
		if s := g.rec.Status(); s.File != "2000-01-01T00-00-08Z.mp4" || s.Bytes == 0 || s.Error != "" || s.Since.IsZero() {
			t.Errorf("status: %+v", s)
		}
	})
	synctest.Test(t, func(t *testing.T) { // at the same time as the first
		g := raise(t, conf)
		defer g.stop()
		g.send(tags)
	})
	files := recorded(t, dir, ".mp4")
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
		coded(t, f, "0")
	}
	want := []string{"2000-01-01T00-00-00Z.mp4", "2000-01-01T00-00-00Z-002.mp4", "2000-01-01T00-00-08Z.mp4"}
	if !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
}
