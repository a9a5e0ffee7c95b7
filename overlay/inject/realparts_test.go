package inject_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestRealParts publishes with a real ffmpeg, with B-frames and sound, to a relay
// that has a real nginx behind it, which records with cues and without.
func TestRealParts(t *testing.T) {
	t.Parallel()
	url, dir := startNginx(t)
	platform := relaytest.StartPlatform(t, relaytest.PlatformConfig{KeepBodies: true})
	r := newRig(t)
	r.run(r.to("plain", url, inject.Formats{}), r.to("sei", url, inject.Formats{SEI: true}), r.to("both", url, both),
		r.to("fake", platform.URL(), both))
	publisher := background(t, require.Program(t, "ffmpeg"), "-v", "warning", "-nostdin",
		"-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=6",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6",
		"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "30", "-threads", "1", "-c:a", "aac", "-f", "flv", r.url()+"/"+streamKey)
	reach(t, session(t, platform, 1), 200)
	var want []string
	for i := range 10 {
		at, _ := r.Position("main")
		want = append(want, fmt.Sprintf(`{"v":1,"type":"offer.update","n":%d,"title":"Becher, blau – 5 €"}`, i))
		must(t, r.track.Add(inject.Cue{Name: "offer.update", ID: "mug", Revision: int64(i), At: at, JSON: []byte(want[i])}, nil))
		until(t, "the next picture", func() bool { now, _ := r.Position("main"); return now > at+300*ms })
	}
	must(t, publisher.Wait())
	s := session(t, platform, 1)
	must(t, r.Control("main", "fake", "disable"))
	must(t, s.WaitEnd(t.Context()))
	for _, name := range []string{"plain", "sei", "both"} {
		must(t, r.Control("main", name, "disable"))
	}

	fake := filepath.Join(t.TempDir(), "fake.flv")
	writeFLV(t, fake, s.Messages())
	plain := recording(t, dir, "plain")
	shown := pictures(t, plain)
	for name, file := range map[string]string{"sei": recording(t, dir, "sei"), "both": recording(t, dir, "both"), "fake": fake} {
		if got := ours(t, file); !slices.Equal(got, want) {
			t.Errorf("%s: our reader finds %q", name, got)
		}
		if got := showinfo(ffmpeg(t, "-i", file, "-vf", "showinfo", "-f", "null", "-")); !slices.Equal(got, want) {
			t.Errorf("%s: ffmpeg shows %q", name, got)
		}
		samePictures(t, name, shown, pictures(t, file))
	}
	if got := ours(t, plain); len(got) != 0 {
		t.Errorf("who wants no cues has recorded %q", got)
	}
	h := listen(t, s)
	for _, how := range []string{"point", "text"} {
		var got []string
		for _, c := range h.cues {
			if c.how == how {
				got = append(got, c.what)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the platform hears %q as %s", got, how)
		}
	}
	// To ffmpeg a cue point is a packet as it is, and text data a packet of text.
	texts := ffmpeg(t, "-v", "error", "-i", fake, "-map", "0:s", "-c", "copy", "-f", "data", "-")
	for _, text := range want {
		if strings.Count(texts, text) != 2 || strings.Count(texts, "\x00\x00\x09\x00\x00\x09"+text) != 1 {
			t.Errorf("ffmpeg reads %q as the stream's text; want %q in it", texts, text)
		}
	}
}

// ours finds the cues in a file with our own reader.
func ours(t *testing.T, file string) (texts []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	must(t, err)
	for r := flv.NewReader(bytes.NewReader(b)); ; {
		tag, err := r.Next()
		if errors.Is(err, io.EOF) {
			return texts
		}
		must(t, err)
		if v, err := media.InspectVideo(tag.Body); tag.Kind == media.Video && err == nil && v.Frame {
			found, _ := userData(v.Payload, 4, v.Codec == media.HEVC)
			texts = append(texts, found...)
		}
	}
}

var userDataShown = regexp.MustCompile(`UUID=([0-9a-f-]+)\s+.*User Data=([0-9a-f]*)`)

// showinfo finds the cues in what ffmpeg's filter of that name prints.
func showinfo(out string) (texts []string) {
	uuid := hex.EncodeToString(inject.UUID[:])
	for _, m := range userDataShown.FindAllStringSubmatch(out, -1) {
		if b, err := hex.DecodeString(m[2]); err == nil && strings.ReplaceAll(m[1], "-", "") == uuid {
			texts = append(texts, string(b))
		}
	}
	return texts
}

// samePictures compares decoded pictures from the first common one on.
func samePictures(t *testing.T, name string, want, got []string) {
	t.Helper()
	from, skip := slices.Index(want, got[0]), 0
	if from < 0 { // it began earlier
		from, skip = 0, slices.Index(got, want[0])
	}
	if skip < 0 {
		t.Fatalf("%s: no picture is that of another recording", name)
	}
	n := min(len(want)-from, len(got)-skip)
	if n < 120 || !slices.Equal(want[from:from+n], got[skip:skip+n]) {
		t.Errorf("%s: %d decoded pictures, and they are not all the same", name, n)
	}
}

// writeFLV writes what a platform received to a file.
func writeFLV(t *testing.T, file string, got []relaytest.Received) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	defer func() { must(t, f.Close()) }()
	w := flv.NewWriter(f, true, true)
	for _, m := range got {
		if !m.Header || m.Kind != media.Data {
			must(t, w.Write(flv.Tag{Kind: m.Kind, Time: m.Time, Body: m.Body}))
		}
	}
}
