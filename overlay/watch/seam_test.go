package watch_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// growing is a show that is being recorded when it is opened, as short.mp4. When it
// is asked for again it is over: its first part has become whole.mp4, and there is
// a second one.
type growing struct {
	tape
	dir   string
	asked atomic.Int64
}

func (g *growing) ServeShow(w http.ResponseWriter, _ *http.Request) {
	over := g.asked.Add(1) > 1
	first := map[string]any{"file": tapeDate + ".mp4", "started": g.started, "duration_ms": 1000, "running": !over}
	parts := []any{first}
	if over {
		first["duration_ms"] = 3000
		parts = append(parts, map[string]any{"file": tapeDate + "-002.mp4", "started": g.started.Add(3 * time.Second), "duration_ms": 1000})
	}
	show := g.summary()
	show["parts"], show["running"] = parts, !over
	_ = json.NewEncoder(w).Encode(show)
}

func (g *growing) ServePart(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	switch {
	case strings.Contains(q.URL.Path, "-002"):
		http.ServeFile(w, q, filepath.Join(g.dir, "short.mp4"))
	case g.asked.Load() > 1:
		http.ServeFile(w, q, filepath.Join(g.dir, "whole.mp4"))
	default:
		http.ServeFile(w, q, filepath.Join(g.dir, "short.mp4"))
	}
}

// TestReplayGoesOn has a browser play what has been written of a show since it was
// opened, and the next part: no second of it is left out, and it does not begin anew.
func TestReplayGoesOn(t *testing.T) {
	dir := t.TempDir()
	for file, length := range map[string]int{"short.mp4": 1, "whole.mp4": 3} {
		out, err := exec.Command(require.Program(t, "ffmpeg"), "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-t", fmt.Sprint(length),
			"-pix_fmt", "yuv420p", "-g", "30", "-bf", "0", "-movflags", "frag_keyframe+empty_moov+default_base_moof", filepath.Join(dir, file)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	began := time.Date(2026, 3, 1, 19, 30, 5, 0, time.UTC)
	h := open(t, func(c *watch.Config) {
		c.Replays, c.Log = &growing{tape: tape{"", began}, dir: dir}, &logged{}
		c.Settings.Streams[0].Replay = true
	})
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main/replay/" + tapeDate))
	tab.Until(`document.querySelector("video")?.readyState >= 2`)
	tab.Eval(`(() => {
		const video = document.querySelector("video");
		globalThis.seen = [];
		const step = (_, frame) => {
			seen.push({ part: video.currentSrc.includes("-002") ? 2 : 1, at: frame.mediaTime });
			video.requestVideoFrameCallback(step);
		};
		video.requestVideoFrameCallback(step);
		video.muted = true;
		video.play();
	})()`, nil)
	tab.Until(`(video => video.ended && video.currentSrc.includes("-002"))(document.querySelector("video"))`)
	var frames []struct {
		Part int
		At   float64
	}
	tab.Eval("seen", &frames)
	seconds := map[string]bool{}
	last := -1.0
	for _, f := range frames {
		at := f.At + 3*float64(f.Part-1)
		seconds[fmt.Sprint(int(at+0.01))] = true
		if at > 0 && at < last-0.1 { // browsers may show the first picture until they are where they shall begin
			t.Errorf("after %.2f s comes %.2f s", last, at)
		}
		last = max(last, at)
	}
	if len(seconds) != 4 {
		t.Errorf("of four seconds these were shown: %v", seconds)
	}
}
