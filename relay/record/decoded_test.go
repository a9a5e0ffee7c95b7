package record_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// scant is what ffmpeg says of a file in which there is one frame, or none of a
// track: that may be all that a kill has left of a part.
var scant = regexp.MustCompile(`Estimating duration from bitrate|Output file is empty`)

// run runs a program that must have nothing else to say on its standard error.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), require.Program(t, name), args...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	faults := slices.DeleteFunc(slices.Collect(strings.Lines(errs.String())), scant.MatchString)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// decoded are the hashes of a file's decoded pictures ("0:v") or sound ("0:a").
// ffmpeg must find no fault with it.
func decoded(t testing.TB, file, track string) (hashes []string) {
	t.Helper()
	return hashed(t, file, track, "-fps_mode", "passthrough")
}

// coded is decoded without the decoding.
func coded(t testing.TB, file, track string) (hashes []string) {
	t.Helper()
	return hashed(t, file, track, "-c", "copy")
}

func hashed(t testing.TB, file, track string, how ...string) (hashes []string) {
	t.Helper()
	args := slices.Concat([]string{"-nostdin", "-loglevel", "warning", "-xerror", "-i", file, "-map", track}, how, []string{"-f", "framemd5", "-"})
	text := run(t, "ffmpeg", args...)
	for line := range strings.Lines(text) {
		if fields := strings.Split(strings.TrimSpace(line), ","); len(fields) == 6 && line[0] != '#' {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}
