package relay_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestPlaybackGoesOnAfterADrop has ffmpeg play HLS while the encoder is away for
// 5 s and comes back with timestamps that begin anew (T12's part for players).
// The slate fills the time between, and its headers are the same, so that there
// is nothing to begin anew.
func TestPlaybackGoesOnAfterADrop(t *testing.T) {
	t.Parallel()
	ffmpeg := require.Program(t, "ffmpeg")
	r := live(t)
	server := screen(t, r)
	theClip, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	must(t, err)
	e := r.encode(relaytest.EncoderConfig{Source: theClip.Loop()})
	must(t, e.WaitSent(within(t, 20*time.Second), 250))

	out := filepath.Join(t.TempDir(), "out.mp4")
	player := exec.CommandContext(within(t, 60*time.Second), ffmpeg, "-hide_banner", "-loglevel", "error", "-xerror",
		"-i", server.URL+"/index.m3u8", "-t", "14", "-c", "copy", out)
	done := make(chan error, 1)
	var said bytes.Buffer
	player.Stderr = &said
	must(t, player.Start())
	go func() { done <- player.Wait() }()

	must(t, e.WaitSent(within(t, 20*time.Second), 400))
	first := mediaPlaylist(t, server)
	e.Kill()
	<-within(t, 5*time.Second).Done()
	r.encode(relaytest.EncoderConfig{Source: theClip.Loop()})
	if err := <-done; err != nil || said.Len() > 0 {
		t.Errorf("the player: %v\n%s", err, &said)
	}
	second := mediaPlaylist(t, server)
	if first.url != second.url || second.sequence < first.sequence {
		t.Errorf("HLS went on from %s at %s in %s at %s", first.url, first.sequence, second.url, second.sequence)
	}
	if n := strings.Count(second.text, "#EXT-X-DISCONTINUITY\n"); n != 0 {
		t.Errorf("%d discontinuities in what needs none:\n%s", n, second.text)
	}
	text, err := exec.CommandContext(t.Context(), ffmpeg, "-hide_banner", "-loglevel", "error", "-xerror", "-i", out,
		"-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(text) > 0 {
		t.Errorf("what was played does not decode: %v\n%s", err, text)
	}
	if length := duration(t, out); length < 13500*time.Millisecond {
		t.Errorf("%v of 14 s were played", length)
	}
}

// screen puts playback of a relay's first stream on the network.
func screen(t *testing.T, r *rig) *httptest.Server {
	t.Helper()
	p, err := playback.New(playback.Config{Stream: "main", Source: r.Stream("main")})
	must(t, err)
	if r.Stream("other") != nil {
		t.Error("a stream that is not configured is there")
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	server := httptest.NewServer(p.Handler())
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("playback: %v", err)
		}
		server.Close()
	})
	return server
}

// playlist is a media playlist, and where it is.
type playlist struct{ url, text, sequence string }

func mediaPlaylist(t *testing.T, server *httptest.Server) (p playlist) {
	t.Helper()
	get := func(url string) string {
		resp, err := server.Client().Get(url)
		must(t, err)
		defer func() { _ = resp.Body.Close() }()
		var body bytes.Buffer
		_, err = body.ReadFrom(resp.Body)
		must(t, err)
		return body.String()
	}
	lines := strings.Fields(get(server.URL + "/index.m3u8"))
	p.url = server.URL + "/" + lines[len(lines)-1]
	p.text = get(p.url)
	_, rest, _ := strings.Cut(p.text, "#EXT-X-MEDIA-SEQUENCE:")
	p.sequence, _, _ = strings.Cut(rest, "\n")
	return p
}

// duration is the length of a file's video.
func duration(t *testing.T, file string) time.Duration {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), require.Program(t, "ffprobe"), "-loglevel", "error", "-select_streams", "v",
		"-show_entries", "stream=duration", "-of", "csv=p=0", file).Output()
	must(t, err)
	d, err := time.ParseDuration(strings.TrimSpace(string(text)) + "s")
	must(t, err)
	return d
}
