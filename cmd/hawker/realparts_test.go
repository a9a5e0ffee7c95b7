package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

const (
	nginxKey  = "key-of-nginx-31337"
	ffmpegKey = "key-of-ffmpeg-31337"
	tlsKey    = "key-of-tls-31337"
)

// TestRealParts publishes with a real ffmpeg to a built hawker, with other
// people's servers behind it.
func TestRealParts(t *testing.T) {
	t.Parallel()
	r := newRealParts(t)
	t.Run("three destinations at once", r.threeAtOnce)
	t.Run("SIGTERM in the middle", r.terminate)
	t.Run("RTMPS in", r.secureIngest)
}

// threeAtOnce plays the clip, which has B-frames, from its beginning to its end.
func (r *realParts) threeAtOnce(t *testing.T) {
	t.Parallel()
	nginx := r.startNginx(t)
	listener := r.startListener(t)
	platform, caFile := startSecurePlatform(t)
	h := r.serve(t, fmt.Sprintf(`
      - {name: nginx, url: %q, key: %s}
      - {name: ffmpeg, url: %q, key: %s}
      - {name: tls, url: %q, key: %s, ca_file: %q}
`, nginx.url, nginxKey, listener.url, ffmpegKey, platform.URL(), tlsKey, caFile))
	play := r.publish(t, h.url)
	s, err := platform.WaitSession(h.ctx, 1)
	must(t, err)
	noKeysInProcess(t, h.cmd.Process.Pid)
	must(t, play.Wait())
	must(t, s.WaitEnd(h.ctx))
	if !s.Goodbye() || s.Key() != tlsKey {
		t.Errorf("%v: key %q, want a goodbye", s, s.Key())
	}
	must(t, listener.cmd.Wait())
	h.terminate(t)

	recording := filepath.Join(r.dir, "tls.flv")
	writeFLV(t, recording, s.Messages())
	r.sameBodies(t, s.Messages())
	for name, file := range map[string]string{"nginx": nginx.recording(h.ctx, t), "ffmpeg": listener.file, "tls": recording} {
		t.Run(name, func(t *testing.T) {
			r.decodes(t, file)
			for _, track := range []string{"v", "a"} {
				r.sameFrames(t, file, track, whole)
			}
		})
	}
}

// terminate ends the server in the middle of the clip.
func (r *realParts) terminate(t *testing.T) {
	t.Parallel()
	nginx := r.startNginx(t)
	platform, caFile := startSecurePlatform(t)
	h := r.serve(t, fmt.Sprintf(`
      - {name: nginx, url: %q, key: %s}
      - {name: tls, url: %q, key: %s, ca_file: %q}
`, nginx.url, nginxKey, platform.URL(), tlsKey, caFile))
	play := r.publish(t, h.url)
	s, err := platform.WaitSession(h.ctx, 1)
	must(t, err)
	must(t, s.WaitMessages(h.ctx, 250))
	h.terminate(t)
	_ = play.Wait() // ffmpeg says that it was turned out, in one way or another
	must(t, s.WaitEnd(h.ctx))
	if !s.Goodbye() || s.Err() != nil {
		t.Errorf("%v: want a goodbye and FIN, got %v", s, s.Err())
	}
	file := nginx.recording(h.ctx, t)
	r.decodes(t, file)
	for _, track := range []string{"v", "a"} {
		r.sameFrames(t, file, track, beginning)
	}
}

// secureIngest publishes over TLS.
func (r *realParts) secureIngest(t *testing.T) {
	t.Parallel()
	if !strings.Contains(r.run(t, "-hide_banner", "-protocols"), "rtmps") {
		t.Skip("this ffmpeg cannot publish to rtmps")
	}
	platform, caFile := startSecurePlatform(t)
	h := r.serve(t, fmt.Sprintf("\n      - {name: tls, url: %q, key: %s, ca_file: %q}\n", platform.URL(), tlsKey, caFile))
	play := r.publish(t, h.secureURL, "-tls_verify", "0")
	must(t, play.Wait())
	s, err := platform.WaitSession(h.ctx, 1)
	must(t, err)
	must(t, s.WaitEnd(h.ctx))
	r.sameBodies(t, s.Messages())
	h.terminate(t)
}

// sameBodies compares a platform's audio and video messages with the clip's
// tags, from a keyframe on, byte for byte.
func (r *realParts) sameBodies(t *testing.T, got []relaytest.Received) {
	t.Helper()
	c, err := relaytest.ReadClip(strings.NewReader(string(clip.FLV())))
	must(t, err)
	sent := map[media.Kind][]uint64{}
	for _, tag := range c.Tags() {
		sent[tag.Kind] = append(sent[tag.Kind], relaytest.Hash(tag.Body))
	}
	had := map[media.Kind][]uint64{}
	for _, m := range got {
		had[m.Kind] = append(had[m.Kind], m.Hash)
	}
	for _, kind := range []media.Kind{media.Video, media.Audio} {
		if err := sameHashes(sent[kind], had[kind], whole); err != nil {
			t.Errorf("%v messages: %v", kind, err)
		}
	}
}

// noKeysInProcess looks at what ps shows.
func noKeysInProcess(t *testing.T, pid int) {
	t.Helper()
	shown, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		t.Logf("no /proc here: %v", err)
		return
	}
	if !strings.Contains(string(shown), "serve") {
		t.Errorf("/proc/%d/cmdline is %q", pid, shown)
	}
	for _, key := range []string{mainKey, nginxKey, ffmpegKey, tlsKey} {
		if strings.Contains(string(shown), key) {
			t.Errorf("the process list shows a key: %q", shown)
		}
	}
}

// terminate sends SIGTERM and wants exit code 0 and no key in what was printed.
func (h *realHawker) terminate(t *testing.T) {
	t.Helper()
	must(t, h.cmd.Process.Signal(syscall.SIGTERM))
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("hawker serve ends with %v:\n%s", err, h.out)
	}
	for _, key := range []string{mainKey, nginxKey, ffmpegKey, tlsKey} {
		if strings.Contains(h.out.String(), key) {
			t.Errorf("hawker serve prints a key:\n%s", h.out)
		}
	}
}
