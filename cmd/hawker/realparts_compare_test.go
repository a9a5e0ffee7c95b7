package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// part is how much of a source must be there.
type part int

const (
	whole     part = iota // to the last frame
	beginning             // some of it, without a gap
)

// sameHashes compares what was received with what was sent, from the first one
// received on.
func sameHashes[T comparable](sent, got []T, want part) error {
	if len(got) == 0 {
		return fmt.Errorf("nothing came")
	}
	from := slices.Index(sent, got[0])
	if from < 0 {
		return fmt.Errorf("the first one was never sent")
	}
	rest := sent[from:]
	if len(got) > len(rest) || want == whole && len(got) < len(rest) {
		return fmt.Errorf("%d came of %d sent from the first one on", len(got), len(rest))
	}
	for i := range got {
		if got[i] != rest[i] {
			return fmt.Errorf("the %dth is not the one sent", i+1)
		}
	}
	return nil
}

// sameFrames compares a track's frames in a recording with the clip's, as
// ffmpeg hashes them.
func (r *realParts) sameFrames(t *testing.T, recording, track string, want part) {
	t.Helper()
	sent, got := r.frames(t, r.clip, track), r.frames(t, recording, track)
	if err := sameHashes(sent, got, want); err != nil {
		t.Errorf("track %s: %v", track, err)
		return
	}
	// The clip has a keyframe each 60 pictures and the relay begins at one.
	if from := slices.Index(sent, got[0]); track == "v" && from%60 != 0 {
		t.Errorf("the recording begins at picture %d, which is no keyframe", from)
	}
	t.Logf("track %s: %d of %d frames, all the same", track, len(got), len(sent))
}

// frames returns size and hash of each frame of a track.
func (r *realParts) frames(t *testing.T, file, track string) (out []string) {
	t.Helper()
	for line := range strings.Lines(r.run(t, "-v", "error", "-i", file, "-map", "0:"+track, "-c", "copy", "-f", "framehash", "-")) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) >= 6 && !strings.HasPrefix(line, "#") {
			out = append(out, strings.TrimSpace(f[4])+" "+strings.TrimSpace(f[5]))
		}
	}
	return out
}

// decodes plays a recording to its end; ffmpeg must find nothing wrong.
func (r *realParts) decodes(t *testing.T, file string) {
	t.Helper()
	if out := r.run(t, "-v", "error", "-xerror", "-i", file, "-f", "null", "-"); strings.TrimSpace(out) != "" {
		t.Errorf("decoding: %s", out)
	}
}

// writeFLV writes what a platform received to a file.
func writeFLV(t *testing.T, file string, got []relaytest.Received) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	defer func() { must(t, f.Close()) }()
	w := flv.NewWriter(f, true, true)
	for _, m := range got {
		if m.Kind != media.Data {
			must(t, w.Write(flv.Tag{Kind: m.Kind, Time: m.Time, Body: m.Body}))
		}
	}
}

func TestSameHashes(t *testing.T) {
	sent := []int{1, 2, 3, 4, 5}
	tests := []struct {
		name string
		got  []int
		want part
		ok   bool
	}{
		{"all", []int{1, 2, 3, 4, 5}, whole, true},
		{"from the third on", []int{3, 4, 5}, whole, true},
		{"nothing", nil, beginning, false},
		{"the last is missing", []int{1, 2, 3, 4}, whole, false},
		{"the last may be missing", []int{1, 2, 3, 4}, beginning, true},
		{"a gap", []int{1, 2, 4, 5}, beginning, false},
		{"another order", []int{1, 3, 2, 4, 5}, whole, false},
		{"twice", []int{1, 1, 2, 3, 4}, beginning, false},
		{"something else", []int{9, 1, 2}, beginning, false},
		{"too much", []int{4, 5, 6}, beginning, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := sameHashes(sent, tt.got, tt.want); (err == nil) != tt.ok {
				t.Errorf("got %v, want ok %v", err, tt.ok)
			}
		})
	}
}
