package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestRealHold kills a real ffmpeg in the middle of a show and starts it again:
// nginx and another ffmpeg record one show, on one connection.
func TestRealHold(t *testing.T) {
	t.Parallel()
	newRealParts(t).hold(t, 2500*time.Millisecond)
}

func TestRealHoldOfHalfAMinute(t *testing.T) {
	require.Nightly(t)
	newRealParts(t).hold(t, 30*time.Second)
}

func (r *realParts) hold(t *testing.T, away time.Duration) {
	r.holds = away
	nginx, listener := r.startNginx(t), r.startListener(t)
	h := r.serve(t, fmt.Sprintf(`
      - {name: nginx, url: %q, key: %s}
      - {name: ffmpeg, url: %q, key: %s}
`, nginx.url, nginxKey, listener.url, ffmpegKey))
	first := r.publish(t, h.url)
	h.out.wait(h.ctx, t, `msg="destination live"`, 2)
	rest(t, 3500*time.Millisecond)
	must(t, first.Process.Kill())
	h.out.wait(h.ctx, t, "the encoder is gone; destinations stay connected", 1)
	rest(t, away)
	second := r.publish(t, h.url)
	h.out.wait(h.ctx, t, "an encoder is live", 2)
	must(t, second.Wait())
	must(t, listener.cmd.Wait())
	h.terminate(t)
	for _, unwanted := range []string{"destination failed", "reconnects", "panic"} {
		if strings.Contains(h.out.String(), unwanted) {
			t.Errorf("the log tells of %q", unwanted)
		}
	}
	for name, file := range map[string]string{"nginx": nginx.recording(h.ctx, t), "ffmpeg": listener.file} {
		t.Run(name, func(t *testing.T) {
			r.decodes(t, file)
			for _, track := range []string{"v", "a"} {
				r.rises(t, file, track)
			}
			r.bothParts(t, file, away)
		})
	}
}

// rest waits for so long, as a person at an encoder would.
func rest(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// bothParts finds in a recording the beginning of the clip, then its last
// keyframe again each second, then the clip from its beginning to its end.
func (r *realParts) bothParts(t *testing.T, file string, away time.Duration) {
	t.Helper()
	clip, got := r.frames(t, r.clip, "v"), r.frames(t, file, "v")
	n := 0
	for from := slices.Index(clip, got[0]); n < len(got) && from+n < len(clip) && got[n] == clip[from+n]; {
		n++
	}
	keyframe := ""
	for _, f := range got[:n] {
		if i := slices.Index(clip, f); i%60 == 0 {
			keyframe = f
		}
	}
	repeated := 0
	for n+repeated < len(got)-len(clip) && got[n+repeated] == keyframe {
		repeated++
	}
	if want := int(away / time.Second); repeated < want-1 || repeated > want+2 {
		t.Errorf("after %d frames the keyframe came %d times, want once in each of %v", n, repeated, away)
	}
	if !slices.Equal(got[n+repeated:], clip) {
		t.Errorf("after %d frames and %d in between came %d, want the clip's %d", n, repeated, len(got)-n-repeated, len(clip))
	}
	t.Logf("%d frames, the keyframe %d times, %d frames", n, repeated, len(clip))
}

// rises tells that each packet of a track is later than the one before it.
func (r *realParts) rises(t *testing.T, file, track string) {
	t.Helper()
	ffprobe := filepath.Join(filepath.Dir(r.ffmpeg), "ffprobe")
	out, err := exec.Command(ffprobe, "-v", "error", "-select_streams", track, "-show_entries", "packet=dts", "-of", "csv=p=0", file).Output()
	must(t, err)
	last, n := int64(-1), 0
	for field := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == ',' || r == '\n' }) {
		dts, err := strconv.ParseInt(field, 10, 64)
		must(t, err)
		if dts <= last {
			t.Fatalf("packet %d of track %s is at %d, the one before it at %d", n, track, dts, last)
		}
		last, n = dts, n+1
	}
	if n < 100 {
		t.Errorf("track %s has %d packets", track, n)
	}
}
