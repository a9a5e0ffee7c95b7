package relaytest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestFFmpegPublishes holds the platform against an encoder that is not ours.
func TestFFmpegPublishes(t *testing.T) {
	ffmpeg := require.Program(t, "ffmpeg")
	file := filepath.Join(t.TempDir(), "clip.flv")
	run(t, ffmpeg, "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-f", "lavfi", "-i", "sine", "-t", "2",
		"-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-bf", "2", "-c:a", "aac", file)
	f, err := os.Open(file)
	must(t, err)
	defer func() { _ = f.Close() }()
	clip, err := relaytest.ReadClip(f)
	must(t, err)

	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	run(t, ffmpeg, "-i", file, "-c", "copy", "-f", "flv", p.URL()+"/k-12345")
	s := session(t, p, 1)
	must(t, s.WaitEnd(limited(t)))
	if s.Key() != "k-12345" || s.App() != "live" || !s.Goodbye() {
		t.Errorf("key %q, app %q, goodbye %v", s.Key(), s.App(), s.Goodbye())
	}
	got := s.Messages()
	must(t, relaytest.CheckOpening(got))
	must(t, relaytest.CheckClock(frames(got)))
	// ffmpeg gives the end of sequence a time of its own.
	whole, have := sent(clip.Tags()), frames(got)
	must(t, relaytest.Compare(whole, have))
	must(t, relaytest.CompareTimes(whole, have[:len(have)-2], 0))
	if want := len(frames(received(clip.Tags()))); len(have) != want {
		t.Errorf("%d of %d messages", len(have), want)
	}
}

func frames(got []relaytest.Received) []relaytest.Received {
	return slices.DeleteFunc(slices.Clone(got), func(r relaytest.Received) bool { return r.Kind == media.Data })
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(limited(t), program, append([]string{"-v", "error", "-nostdin", "-y"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}
