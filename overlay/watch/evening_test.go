package watch_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestShowBeginsAndEnds waits for a show on its page, sees it to its last
// picture, and then the next one.
func TestShowBeginsAndEnds(t *testing.T) {
	h := raise(t, nil)
	v := &viewing{Tab: browser.Start(t).Tab(t, 390, 844), t: t}
	v.Go(h.page("/main"))
	v.Until(`document.documentElement.dataset.phase === "before"`)
	v.Eval(probe, &v.born)
	c := h.film(t, 0)
	v.Until(`document.documentElement.dataset.phase === "live"`)
	v.plays(30)
	h.sell(honey())
	v.Until(`document.querySelector(".deal article")`)
	last := c.goodbye()
	v.Until(`document.documentElement.dataset.phase === "after"`)
	frames := v.frames()
	if seen := frames[len(frames)-1].N; seen < last-rate/2 {
		t.Errorf("the last picture was number %d, and %d was seen", last, seen)
	}
	v.Until(`document.querySelector(".list .buy") && document.querySelector(".curtain .kicker").textContent.includes("Thank you")`)
	h.film(t, 5000)
	v.shows(5000 + 10)
	v.Until(`document.documentElement.dataset.phase === "live"`)
	v.same()
}

// TestBadLines has the network do its worst between page and server.
func TestBadLines(t *testing.T) {
	require.Nightly(t)
	h := raise(t, nil)
	c := h.film(t, 0)
	line := relaytest.NewProxy(relaytest.ProxyConfig{Target: h.url})
	must(t, line.Start())
	t.Cleanup(line.Close)
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go("http://" + line.Addr() + "/main")
	v.Eval(probe, &v.born)
	v.plays(30)
	for _, worst := range []struct {
		what string
		do   func()
	}{
		{"every connection is reset", line.Reset},
		{"every connection is hung up", line.Hangup},
		{"another network", func() {
			line.Silence(relaytest.Both)
			v.Until(`!document.querySelector(".spinner").hidden`)
			line.Reset()
			line.Restore()
			v.Eval(`dispatchEvent(new Event("online"))`, nil)
		}},
		{"a dead line", func() {
			line.Silence(relaytest.Both)
			v.Until(`document.querySelector(".trouble").textContent !== ""`)
			line.Restore()
		}},
		{"a line that is late at times", func() { line.Set(relaytest.Line{Latency: 100 * time.Millisecond, Jitter: 400 * time.Millisecond}) }},
		{"a good line again", func() { line.Set(relaytest.Line{}) }},
		{"a page that is asleep", func() {
			v.Eval(`document.querySelector("video").pause()`, nil)
			v.Until(`performance.now() - frames_seen.at(-1).At + performance.timeOrigin > 6000`)
			v.Eval(`document.querySelector("video").play()`, nil)
		}},
	} {
		worst.do()
		v.plays(150)
		v.plays(60)
		if got := v.latency(c); got > 4*time.Second {
			t.Errorf("after %s pictures are %v old", worst.what, got)
		}
	}
	v.same()
}

// TestOtherPictures has the encoder come back with others than before: with
// sound, in another size, and upright.
func TestOtherPictures(t *testing.T) {
	require.Nightly(t)
	h := raise(t, nil)
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go(h.page("/main"))
	v.Eval(probe, &v.born)
	for _, p := range []struct {
		size  string
		sound bool
		more  []string
	}{
		{"640x360", false, nil}, {"320x180", true, nil}, {"640x360", true, nil}, {"360x640", true, []string{"-profile:v", "main", "-bf", "2"}},
	} {
		stop := h.broadcast(t, p.size, p.sound, p.more...)
		var width, height int
		_, err := fmt.Sscanf(p.size, "%dx%d", &width, &height)
		must(t, err)
		v.Until("document.querySelector('video').videoWidth === " + strconv.Itoa(width) + " && document.querySelector('video').videoHeight === " + strconv.Itoa(height))
		v.plays(60)
		stop()
	}
	v.same()
}

// broadcast publishes pictures of a size until it is cut.
func (h *house) broadcast(t testing.TB, size string, sound bool, more ...string) (cut func()) {
	t.Helper()
	args := []string{"-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=rate=30:size=" + size}
	if sound {
		args = append(args, "-re", "-f", "lavfi", "-i", "sine", "-c:a", "aac")
	}
	args = append(args, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30")
	args = append(append(args, more...), "-f", "flv", "rtmp://"+h.rtmp+"/live/"+streamKey)
	cmd := exec.Command(require.Program(t, "ffmpeg"), args...)
	must(t, cmd.Start())
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// TestNativeHLS has the player for browsers without Media Source Extensions play
// in one that has them, and plays HLS itself too, later than others do.
func TestNativeHLS(t *testing.T) {
	require.Nightly(t)
	h := raise(t, nil)
	h.film(t, 0)
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go(h.page("/main"))
	v.Until(`document.documentElement.dataset.phase === "live"`)
	v.Eval(`(async () => {
		const version = document.body.dataset.version;
		const { Native } = await import("/watch/" + version + "/native.js");
		const old = document.querySelector("video");
		old.pause();
		const video = document.createElement("video");
		video.muted = true;
		old.replaceWith(video);
		globalThis.native = new Native(video, "/main");
		globalThis.told = [];
		for (const what of ["moving", "stuck", "drained"]) native.addEventListener(what, () => told.push(what));
		native.go();
	})()`, nil)
	v.Eval(probe, &v.born)
	v.plays(60)
	v.Until(`told.includes("moving")`)
	h.stop()
	h.broadcasts()
	last := h.film(t, 5000)
	v.shows(5000 + 10)
	v.Eval(`(() => { told.length = 0; globalThis.finished = native.video.currentTime; native.finish(); })()`, nil)
	last.goodbye()
	v.Until(`told.includes("drained")`)
	if rest := v.number("native.video.currentTime - finished"); rest < 1 {
		t.Errorf("of the show's rest it plays %v s", rest)
	}
}
