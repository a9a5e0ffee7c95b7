package record_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// page plays what its address says after a question mark.
const page = `<!doctype html><title>replay</title><video muted preload="auto"></video><script>
const video = document.querySelector("video");
const failed = new Promise((_, no) => video.addEventListener("error", () => no(new Error(video.error.message))));
const when = event => Promise.race([failed, new Promise(yes => video.addEventListener(event, yes, {once: true}))]);
async function open(src) { const known = when("loadedmetadata"); video.src = src; await known; return video.duration; }
async function seek(to) { const there = when("seeked"); video.currentTime = to; await there; return video.currentTime; }
async function play() { const on = when("timeupdate"); await video.play(); await on; return video.getVideoPlaybackQuality().totalVideoFrames; }
</script>`

// TestChromiumReplays has a browser open a finished recording, which it must know
// the length of at once, go to places in it, and play.
func TestChromiumReplays(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			recordTags(t, record.Config{Settings: record.Settings{Folder: dir, Format: format}}, long(t, 2))
			mux := http.NewServeMux()
			mux.Handle("/", shelf(t, dir).Handler())
			mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			tab := b.Tab(t, 640, 360)
			tab.Go(server.URL + "/page")
			var length, at, pictures float64
			tab.Eval(`open("/main/replay/2000-01-01T00-00-00Z/2000-01-01T00-00-00Z.mp4")`, &length)
			if off := time.Duration(length*float64(time.Second)) - 16*time.Second; off.Abs() > 200*time.Millisecond {
				t.Errorf("the browser says it is %v s long", length)
			}
			for _, want := range []float64{13, 3.5, 15} {
				if tab.Eval(fmt.Sprintf("seek(%v)", want), &at); at != want {
					t.Errorf("the browser is at %v, want %v", at, want)
				}
			}
			if tab.Eval("play()", &pictures); pictures < 1 {
				t.Error("no picture was shown")
			}
		})
	}
}
