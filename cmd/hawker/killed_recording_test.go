package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestKilledWhileRecording kills a built hawker while an encoder sends. What a
// viewer can see again after the next start is at most a second, and half a one
// for a busy machine, shorter than what the encoder had sent by its own clock; and
// ffmpeg finds no fault with it.
func TestKilledWhileRecording(t *testing.T) {
	t.Parallel()
	ffmpeg := require.Program(t, "ffmpeg")
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			s := unconfigured(t, time.Minute, nil)
			s.configure("", "main")
			text, err := os.ReadFile(s.conf)
			must(t, err)
			setting := fmt.Sprintf("    record: {folder: %q, format: %s}\n    stop_grace", t.TempDir(), format)
			must(t, os.WriteFile(s.conf, bytes.Replace(text, []byte("    stop_grace"), []byte(setting), 1), 0o600))
			s.run()
			c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
			must(t, err)
			e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: s.target(), Source: c.Loop()})
			must(t, e.Start(s.ctx))
			must(t, e.WaitSent(s.ctx, 150+rand.IntN(250))) // some 77 are a second
			must(t, s.cmd.Process.Kill())
			_ = s.cmd.Wait()
			_ = e.Wait()
			sent := e.Sent()
			last := time.Duration(sent[len(sent)-1].Time) * time.Millisecond
			s.run()
			out, err := exec.CommandContext(s.ctx, ffmpeg, "-nostdin", "-loglevel", "error", "-xerror", "-i", s.recorded(),
				"-map", "0", "-fps_mode", "passthrough", "-f", "framemd5", "-").CombinedOutput()
			pictures := time.Duration(strings.Count(string(out), "\n0,")) * time.Second / 30
			sound := time.Duration(strings.Count(string(out), "\n1,")) * 1024 * time.Second / 48_000
			t.Logf("%v of pictures and %v of sound, %v were sent", pictures, sound, last)
			if err != nil || min(pictures, sound) < last-1500*time.Millisecond || max(pictures, sound) > last+200*time.Millisecond {
				t.Errorf("%v of pictures and %v of sound can be seen again of %v: %v\n%.500s", pictures, sound, last, err, out)
			}
		})
	}
}

// recorded is what a viewer gets of the only recording, once it is complete, in a
// file.
func (s *standalone) recorded() (file string) {
	s.t.Helper()
	get := func(path string) []byte {
		req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://"+s.public+"/main/replay/"+path, nil)
		must(s.t, err)
		resp, err := http.DefaultTransport.RoundTrip(req)
		must(s.t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		must(s.t, err)
		if resp.StatusCode != http.StatusOK {
			s.t.Fatalf("%s is answered %s: %s", path, resp.Status, body)
		}
		return body
	}
	var show record.Show
	until(s.ctx, s.t, "a complete recording", func() bool {
		var list struct{ Shows []record.Summary }
		must(s.t, json.Unmarshal(get("shows.json"), &list))
		if len(list.Shows) != 1 {
			s.t.Fatalf("the shows are %+v", list.Shows)
		}
		must(s.t, json.Unmarshal(get(list.Shows[0].Date+".json"), &show))
		return len(show.Parts) == 1 && show.Parts[0].Complete
	})
	file = filepath.Join(s.t.TempDir(), "again.mp4")
	must(s.t, os.WriteFile(file, get(show.Date+"/"+show.Parts[0].File), 0o600))
	return file
}
