package playback_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// serve puts a stage on the network until the test ends.
func serve(t *testing.T, g *stage) (url string) {
	t.Helper()
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	t.Cleanup(g.stop) // before it: feeds end
	return s.URL
}

// TestFFmpegPlays has ffmpeg play both, and decode all that it gets.
func TestFFmpegPlays(t *testing.T) {
	t.Parallel()
	ffmpeg := require.Program(t, "ffmpeg")
	for name, path := range map[string]string{"feed": "/live.mp4", "HLS": "/index.m3u8"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := raise(t)
			url := serve(t, g)
			g.play(theClip(t).Loop())
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			waitLive(t, g)
			const length = 4
			out := filepath.Join(t.TempDir(), "out.mp4")
			text, err := exec.CommandContext(ctx, ffmpeg, "-hide_banner", "-loglevel", "error", "-xerror",
				"-i", url+path, "-t", strconv.Itoa(length), "-c", "copy", out).CombinedOutput()
			if err != nil || len(text) > 0 {
				t.Fatalf("ffmpeg: %v\n%s", err, text)
			}
			checkDecodes(t, out, length*30-3, length*46)
		})
	}
}

// checkDecodes has ffmpeg decode a file, without a warning, of so many pictures
// and frames of sound at least.
func checkDecodes(t *testing.T, file string, pictures, sounds int) {
	t.Helper()
	ffmpeg, ffprobe := require.Program(t, "ffmpeg"), require.Program(t, "ffprobe")
	if text, err := exec.CommandContext(t.Context(), ffmpeg, "-hide_banner", "-loglevel", "warning", "-xerror",
		"-i", file, "-f", "null", "-").CombinedOutput(); err != nil || len(text) > 0 {
		t.Errorf("decoding: %v\n%s", err, text)
	}
	text, err := exec.CommandContext(t.Context(), ffprobe, "-loglevel", "error", "-count_frames", "-show_streams", "-of", "json", file).Output()
	must(t, err)
	var probe struct {
		Streams []struct {
			Kind  string `json:"codec_type"`
			Count string `json:"nb_read_frames"`
		}
	}
	must(t, json.Unmarshal(text, &probe))
	got := map[string]int{}
	for _, s := range probe.Streams {
		got[s.Kind], _ = strconv.Atoi(s.Count)
	}
	if got["video"] < pictures || got["audio"] < sounds {
		t.Errorf("%d pictures and %d frames of sound were decoded, want %d and %d", got["video"], got["audio"], pictures, sounds)
	}
}

// waitLive waits until there is something to see.
func waitLive(t *testing.T, g *stage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := g.stream.Live(ctx)
	must(t, err)
}
