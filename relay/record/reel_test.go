package record_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

// TestRangesOfFLV asks for many stretches at once, for what is no stretch, and for
// nothing but the head.
func TestRangesOfFLV(t *testing.T) {
	t.Parallel()
	h, file := asFLV(t, record.Settings{}, long(t, 2))
	_, whole := played(t, h, firstPart)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 30 {
				from := rand.IntN(len(whole))
				to := min(len(whole)-1, from+rand.IntN(200_000))
				w := get(h, firstPart, "Range", fmt.Sprintf("bytes=%d-%d", from, to))
				if w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), whole[from:to+1]) {
					t.Errorf("bytes %d to %d of %d are answered %d with %d bytes", from, to, len(whole), w.Code, w.Body.Len())
				}
			}
		})
	}
	all.Wait()
	if w := get(h, firstPart, "Range", fmt.Sprintf("bytes=%d-", len(whole))); w.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range behind the end is answered %d", w.Code)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	resp, err := http.Head(server.URL + firstPart)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(len(whole)) || resp.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD is answered %s %v", resp.Status, resp.Header)
	}
	if w := get(h, firstPart, "If-Modified-Since", resp.Header.Get("Last-Modified")); w.Code != http.StatusNotModified {
		t.Errorf("what has not changed is answered %d", w.Code)
	}
	// What was there an hour in is found without all that is before it.
	middle := hashed(t, server.URL+firstPart, "0:v", "-c", "copy")
	if want := coded(t, file, "0:v"); !slices.Equal(middle, want) {
		t.Errorf("ffmpeg reads %d pictures over HTTP, %d were recorded", len(middle), len(want))
	}
	if w := get(h, strings.TrimSuffix(firstPart, "mp4")+"flv"); w.Code != http.StatusNotFound {
		t.Errorf("the FLV file itself is answered %d", w.Code)
	}
}

// TestRunningFLVIsPlayed plays a show while it is on: what was there stays where it
// was, and there is more of it. In the end there is an index where room was.
func TestRunningFLVIsPlayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, playRunningFLV)
}

func playRunningFLV(t *testing.T) {
	dir := t.TempDir()
	h := shelf(t, dir).Handler()
	tags := long(t, 1)
	var before []byte
	func() {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: record.FLV}})
		defer g.stop()
		at := 0
		for _, ms := range []uint32{200, 3000, 5000, 7000} {
			n := len(shorter(tags, ms))
			g.send(tags[at:n])
			at = n
			synctest.Wait()
			time.Sleep(2 * time.Second) // lists are older than that
			file, now := played(t, h, firstPart)
			if !bytes.HasPrefix(now, before) {
				t.Fatalf("after %d ms what was there has changed", ms)
			}
			before = now
			if ms < 3000 {
				continue
			}
			if n := len(coded(t, file, "0:v")); n < int(ms)*30/1000-61 || n > int(ms)*30/1000 {
				t.Errorf("%d pictures of %d ms", n, ms)
			}
		}
	}()
	file, now := played(t, h, firstPart)
	head := bytes.Index(now, []byte("sidx"))
	if head < 0 || head > 4<<10 || !bytes.Equal(now[:head-4], before[:head-4]) || !bytes.HasPrefix(now[head-4+32<<10:], before[head-4+32<<10:]) {
		t.Errorf("at the end what was there has changed, or there is no index: it is at %d", head)
	}
	if n := len(decoded(t, file, "0:v")); n < 200 {
		t.Errorf("%d pictures in the end", n)
	}
	var show record.Show
	must(t, json.Unmarshal(get(shelf(t, dir).Handler(), firstShow).Body.Bytes(), &show))
	if !show.Playable || show.Running || !strings.HasSuffix(show.Parts[0].File, ".mp4") || show.Parts[0].Format != record.FLV {
		t.Errorf("the show: %+v", show)
	}
}

// TestTornFLVIsPlayed plays what a crash has left, before anybody has mended it,
// and parts of which each has its own codec parameters.
func TestTornFLVIsPlayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, p := recording(t, dir, record.FLV, long(t, 1))
	whole, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, whole[:len(whole)*2/3+7], 0o600))
	must(t, os.WriteFile(strings.TrimSuffix(file, "flv")+"json", p, 0o600))
	got, _ := played(t, shelf(t, dir).Handler(), firstPart)
	if n := len(decoded(t, got, "0:v")); n < 100 || n > 200 {
		t.Errorf("%d pictures", n)
	}
}

// TestViewerWhoLeavesStopsTheReading has a viewer leave before a long file was read.
// The next one goes on where that was.
func TestViewerWhoLeavesStopsTheReading(t *testing.T) {
	t.Parallel()
	h, _ := asFLV(t, record.Settings{}, long(t, 1))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, firstPart, nil)
	h.ServeHTTP(w, r.WithContext(ctx))
	if body, _ := io.ReadAll(w.Body); w.Code == http.StatusOK {
		t.Errorf("who has left is answered %d with %d bytes", w.Code, len(body))
	}
	file, _ := played(t, h, firstPart)
	if n := len(coded(t, file, "0:v")); n != 240 {
		t.Errorf("%d pictures", n)
	}
}

// TestIndexOfFLV follows the index: each stretch begins with a fragment whose first
// picture is as late as all stretches before are long.
func TestIndexOfFLV(t *testing.T) {
	t.Parallel()
	h, _ := asFLV(t, record.Settings{}, long(t, 2))
	_, data := played(t, h, firstPart)
	at := bytes.Index(data, []byte("sidx")) - 4
	if at < 0 {
		t.Fatal("there is no index")
	}
	index := data[at : at+int(binary.BigEndian.Uint32(data[at:]))]
	scale, due := binary.BigEndian.Uint32(index[16:]), binary.BigEndian.Uint64(index[20:])
	offset := at + len(index) + int(binary.BigEndian.Uint64(index[28:]))
	entries := index[40:]
	if n := len(entries) / 12; n < 8 || n > 40 {
		t.Errorf("there are %d stretches", n)
	}
	for ; len(entries) > 0; entries = entries[12:] {
		if string(data[offset+4:offset+8]) != "moof" {
			t.Fatalf("at %d there is %q", offset, data[offset+4:offset+8])
		}
		time := data[offset+bytes.Index(data[offset:], []byte("tfdt")):]
		if got := binary.BigEndian.Uint64(time[8:]); got != due {
			t.Errorf("at %d there is what is due at %d of %d, and the index says %d", offset, got, scale, due)
		}
		offset += int(binary.BigEndian.Uint32(entries) & 0x7fffffff)
		due += uint64(binary.BigEndian.Uint32(entries[4:]))
	}
	if offset != len(data) || due/uint64(scale) != 15 && due/uint64(scale) != 16 {
		t.Errorf("the index ends at %d of %d bytes, after %d of %d", offset, len(data), due, scale)
	}
}
