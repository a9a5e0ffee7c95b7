package playback_test

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
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

// checkApart has ffprobe tell when each of so many pictures and frames of sound at
// least is to be shown: all as much later than they were sent.
func checkApart(t *testing.T, sent []flv.Tag, from string, pictures, sounds int, options ...string) {
	t.Helper()
	due, repeated := map[string]time.Duration{}, map[string]bool{}
	for _, tag := range sent {
		if payload, composition := frameOf(tag); payload != nil {
			hash := fmt.Sprintf("MD5:%x", md5.Sum(payload))
			_, again := due[hash] // a tone of Opus repeats itself
			due[hash], repeated[hash] = time.Duration(tag.Time)*time.Millisecond+composition, again || repeated[hash]
		}
	}
	options = append(options, "-loglevel", "error", "-show_packets", "-show_data_hash", "md5", "-of", "json", from)
	text, err := exec.CommandContext(t.Context(), require.Program(t, "ffprobe"), options...).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("ffprobe on %s: %s", from, exit.Stderr)
	}
	must(t, err)
	var probe struct {
		Packets []struct {
			Kind string `json:"codec_type"`
			At   string `json:"pts_time"`
			Hash string `json:"data_hash"`
		}
	}
	must(t, json.Unmarshal(text, &probe))
	got := map[string]int{}
	offs := []time.Duration{}
	for _, p := range probe.Packets {
		want, known := due[p.Hash]
		if !known {
			t.Fatalf("%s at %s was not sent", p.Kind, p.At)
		}
		if got[p.Kind]++; repeated[p.Hash] {
			continue
		}
		at, err := time.ParseDuration(p.At + "s")
		must(t, err)
		offs = append(offs, at-want)
	}
	if early, late := slices.Min(offs), slices.Max(offs); late-early > 20*time.Millisecond || got["video"] < pictures || got["audio"] < sounds {
		t.Errorf("%d pictures and %d frames of sound are %v to %v off", got["video"], got["audio"], early, late)
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
