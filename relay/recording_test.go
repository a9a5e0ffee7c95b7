package relay_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestRecordsARealEncoder has ffmpeg publish what it keeps a copy of, and compares
// what can be seen and heard in both.
func TestRecordsARealEncoder(t *testing.T) {
	t.Parallel()
	ffmpeg := require.Program(t, "ffmpeg")
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := stream("main")
			s.Key, s.StopGrace = secret.New("simple-key"), 10*time.Millisecond
			s.Record = &record.Settings{Folder: dir, Format: format}
			r := start(t, relay.Config{Streams: []relay.Stream{s}})
			sent := filepath.Join(dir, "sent.flv")
			out, err := exec.CommandContext(t.Context(), ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
				"-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-f", "lavfi", "-i", "sine", "-t", "3", "-map", "0", "-map", "1",
				"-c:v", "libx264", "-bf", "2", "-g", "30", "-c:a", "aac", "-flags", "+global_header", "-f", "tee",
				"[f=flv]"+sent+"|[f=flv]rtmp://"+r.Addr().String()+"/live/simple-key").CombinedOutput()
			if err != nil {
				t.Fatalf("ffmpeg: %v\n%s", err, out)
			}
			eventually(t, 10*time.Second, "the broadcast's end", func() bool { return r.Status()[0].State == relay.Idle })
			must(t, r.stop())
			files := filesOf(t, dir, "."+string(format))
			if len(files) != 1 {
				t.Fatalf("files: %v", files)
			}
			for _, track := range []string{"v", "a"} {
				want, got := framesOf(t, sent, track), framesOf(t, files[0], track)
				if !slices.Equal(got, want) || len(got) < 90 {
					t.Errorf("track %s: %d frames were recorded, %d sent, or they differ", track, len(got), len(want))
				}
			}
		})
	}
}

// framesOf are hashes of decoded pictures ("v") or sound ("a"). ffmpeg must find
// no fault with the file.
func framesOf(t *testing.T, file, track string) (hashes []string) {
	t.Helper()
	var errs bytes.Buffer
	c := exec.CommandContext(t.Context(), require.Program(t, "ffmpeg"), "-nostdin", "-loglevel", "warning", "-xerror", "-i", file,
		"-map", "0:"+track, "-fps_mode", "passthrough", "-f", "framemd5", "-")
	c.Stderr = &errs
	text, err := c.Output()
	if err != nil || errs.Len() > 0 {
		t.Errorf("decode %s: %v\n%s", file, err, errs.String())
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), ","); len(fields) == 6 && line[0] != '#' {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}

func filesOf(t *testing.T, dir, end string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "main"))
	must(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), end) {
			files = append(files, filepath.Join(dir, "main", e.Name()))
		}
	}
	return files
}

// TestRecordingChangesAlone begins to record a show that is on, records it
// elsewhere, and ends to, while a destination has it all.
func TestRecordingChangesAlone(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	s := newShow(t)
	to := func(settings *record.Settings) {
		t.Helper()
		s.change(func(c *relay.Config) { c.Streams[0].Record = settings })
	}
	if s.Status()[0].Recording != nil {
		t.Error("a status of what is not recorded")
	}
	to(&record.Settings{Folder: first})
	eventually(t, 10*time.Second, "a recording", s.recording)
	to(&record.Settings{Folder: second, Format: record.FLV})
	eventually(t, 10*time.Second, "another one", func() bool { return s.recording() && len(filesOf(t, second, ".flv")) == 1 })
	if n := len(filesOf(t, first, ".mp4")); n != 1 {
		t.Errorf("%d recordings in the first folder", n)
	}
	to(nil)
	eventually(t, 10*time.Second, "the second's end", func() bool {
		files := filesOf(t, second, ".json")
		text, err := os.ReadFile(files[0])
		must(t, err)
		return strings.Contains(string(text), `"complete": true`)
	})
	if err := s.Apply(s.changed(func(c *relay.Config) { c.Streams[0].Record = &record.Settings{} })); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("settings without a folder: %v", err)
	}
	for name, p := range map[string]*relaytest.Platform{"a": s.a, "b": s.b, "c": s.c} {
		checkUndisturbed(t, name, s.encoder, p)
	}
}

func (r *rig) recording() bool {
	status := r.Status()[0].Recording
	return status != nil && status.File != "" && status.Bytes > 0 && !status.Since.IsZero() && status.Error == ""
}

// TestRecordingOutlastsADrop loses the encoder and has it back: that is one file,
// with the slate in between.
func TestRecordingOutlastsADrop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := stream("main")
	s.Record = &record.Settings{Folder: dir}
	r := start(t, relay.Config{Streams: []relay.Stream{s}})
	e := r.encode(relaytest.EncoderConfig{})
	eventually(t, 10*time.Second, "a recording", r.recording)
	e.Drop()
	eventually(t, 10*time.Second, "the hold", func() bool { return r.Status()[0].State == relay.Holding })
	before := r.Status()[0].Recording.Bytes
	eventually(t, 10*time.Second, "the slate in the recording", func() bool { return r.Status()[0].Recording.Bytes > before+1000 })
	r.encode(relaytest.EncoderConfig{})
	eventually(t, 10*time.Second, "the encoder", func() bool { return r.Status()[0].State == relay.Live })
	before = r.Status()[0].Recording.Bytes
	eventually(t, 10*time.Second, "the encoder in the recording", func() bool { return r.Status()[0].Recording.Bytes > before+100_000 })
	must(t, r.stop())
	if files := filesOf(t, dir, ".mp4"); len(files) != 1 {
		t.Errorf("files: %v", files)
	}
}
