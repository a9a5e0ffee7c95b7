package rtmp_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// ffmpeg publishes two seconds of H.264 with B-frames and AAC.
func ffmpeg(t *testing.T, url string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("HAWKER_TEST_REQUIRE") == "all" {
			t.Fatal("ffmpeg is missing")
		}
		t.Skip("ffmpeg is missing: install it to publish with a real encoder")
	}
	return exec.CommandContext(t.Context(), path, "-hide_banner", "-v", "verbose",
		"-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-f", "lavfi", "-i", "sine", "-t", "2",
		"-c:v", "libx264", "-bf", "2", "-g", "30", "-c:a", "aac", "-f", "flv", url).CombinedOutput()
}

// TestFFmpegPublishes: a real encoder is let in, and all it sends arrives.
func TestFFmpegPublishes(t *testing.T) {
	s := open(t, rtmp.ServerConfig{})
	if out, err := ffmpeg(t, "rtmp://"+s.addr+"/live/key"); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	rec := <-s.recorders
	rec.wantClosed(t, true)
	if r := rec.request; r.App != "live" || r.Key.Reveal() != "key" || !strings.Contains(r.Encoder, "Lavf") {
		t.Errorf("request %+v", r)
	}
	var video, audio, keyframes int
	var last uint32
	got := rec.received()
	for _, p := range got {
		switch p.kind {
		case media.Video:
			video++
			if p.body[0]>>4 == 1 && p.body[1] == 1 {
				keyframes++
			}
			if p.time < last && p.body[1] == 1 {
				t.Errorf("video at %d after %d", p.time, last)
			}
			last = p.time
		case media.Audio:
			audio++
		}
	}
	// A header and a frame each, and one more video message at the end.
	if video < 61 || video > 62 || audio < 85 || keyframes != 2 {
		t.Errorf("%d video, %d audio, %d keyframes", video, audio, keyframes)
	}
	if got[0].kind != media.Data || !bytes.HasPrefix(got[0].body, []byte("\x02\x00\x0aonMetaData")) {
		t.Errorf("first came %v %q", got[0].kind, got[0].body[:min(20, len(got[0].body))])
	}
}

// TestFFmpegIsRefused: the reason reaches the person at the encoder.
func TestFFmpegIsRefused(t *testing.T) {
	s := open(t, rtmp.ServerConfig{})
	out, err := ffmpeg(t, "rtmp://"+s.addr+"/live/denied")
	if err == nil || !strings.Contains(string(out), "no such key") {
		t.Errorf("ffmpeg: %v\n%s", err, out)
	}
}
