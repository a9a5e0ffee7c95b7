package watch_test

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// The camera's picture: its number stands on top, a bit in each block.
const (
	width, height = 320, 180
	block         = width / 16
	rate          = 30
)

// camera is an ffmpeg that publishes numbered pictures, and a tone.
type camera struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{}

	over chan struct{} // closed when no more pictures are to be taken

	mu    sync.Mutex // guards taken
	taken map[int]time.Time
}

// film publishes to the house's stream, until the test ends or it is cut off.
// Its numbers begin with first.
func (h *house) film(t testing.TB, first int) *camera {
	t.Helper()
	c := &camera{done: make(chan struct{}), over: make(chan struct{}), taken: map[int]time.Time{}}
	c.cmd = exec.Command(require.Program(t, "ffmpeg"), "-hide_banner", "-loglevel", "error",
		"-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0",
		"-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", "30", "-thread_queue_size", "64", "-i", "pipe:0",
		"-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "30", "-b:v", "800k",
		"-shortest", "-c:a", "aac", "-b:a", "64k", "-flush_packets", "1", "-f", "flv", "rtmp://"+h.rtmp+"/live/"+streamKey)
	in, err := c.cmd.StdinPipe()
	must(t, err)
	c.cmd.Stderr = &c.out
	must(t, c.cmd.Start())
	go func() {
		defer close(c.done)
		c.shoot(in, first)
		_ = in.Close()
		_ = c.cmd.Wait()
	}()
	t.Cleanup(c.cut)
	return c
}

// shoot takes pictures until nobody takes them.
func (c *camera) shoot(to io.Writer, first int) {
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for n := first; ; n++ {
		c.mu.Lock()
		c.taken[n] = time.Now()
		c.mu.Unlock()
		if _, err := to.Write(picture(n)); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-c.over:
			return
		}
	}
}

func picture(n int) []byte {
	p := make([]byte, width*height)
	for y := range height {
		for x := range width {
			v := byte(60 + (x+n)%64)
			if y < block {
				v = 16
				if n>>(x/block)&1 == 1 {
					v = 235
				}
			}
			p[y*width+x] = v
		}
	}
	return p
}

// cut ends it as a power cut does.
func (c *camera) cut() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

// goodbye ends the show as encoders do, and returns the number of its last
// picture. The tone has no end of its own.
func (c *camera) goodbye() (last int) {
	close(c.over)
	<-c.done
	for n := range c.taken {
		last = max(last, n)
	}
	return last
}

// at is when a picture was taken.
func (c *camera) at(n int) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.taken[n]
	return at, ok
}

// probe notes each picture that the page shows: its number, read from the pixels,
// its media time, when that was, and the run of the offer that is on screen.
const probe = `(() => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  canvas.width = 320; canvas.height = 180;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  globalThis.frames_seen = [];
  const step = (_, frame) => {
    context.drawImage(video, 0, 0, 320, 180);
    const row = context.getImageData(0, 10, 320, 1).data;
    let n = 0;
    for (let bit = 0; bit < 16; bit++) if (row[(bit * 20 + 10) * 4] > 128) n |= 1 << bit;
    const run = document.querySelector(".deal article")?.dataset.run;
    globalThis.frames_seen.push({ N: n, Media: frame.mediaTime * 1000, At: Date.now(), Run: Number(run ?? 0) });
    video.requestVideoFrameCallback(step);
  };
  video.requestVideoFrameCallback(step);
  globalThis.born = Math.random();
  return globalThis.born;
})()`

// seen is what the probe notes.
type seen struct {
	N     int
	Media float64
	At    int64
	Run   uint64
}
