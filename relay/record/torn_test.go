package record_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestTornAnywhere cuts a file at lengths within its last piece, and wants all
// that is whole, and nothing else, to be left. Packages fmp4 and flv try each
// length.
func TestTornAnywhere(t *testing.T) {
	t.Parallel()
	tags := synthetic(t, relaytest.Synthetic{Duration: 2100 * time.Millisecond, GOP: time.Second, VideoBitrate: 40_000, AudioBitrate: 8_000})
	for _, format := range []record.Format{record.MP4, record.FLV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, p := recording(t, dir, format, tags)
			whole, err := os.ReadFile(file)
			must(t, err)
			last := lastPiece(t, format, whole)
			for n := last; n < len(whole); n += 1 + (len(whole)-last)/20 {
				torn := whole[:n]
				if n%2 == 0 && n+100 < len(whole) { // blocks that a power cut has left empty
					torn = append(bytes.Clone(torn), make([]byte, 100)...)
				}
				must(t, os.WriteFile(file, torn, 0o600))
				must(t, os.WriteFile(strings.TrimSuffix(file, filepath.Ext(file))+".json", p, 0o600))
				log := completed(t, dir, format)
				got, err := os.ReadFile(file)
				must(t, err)
				after := about(t, file)
				if len(got) != last || after.Bytes != int64(last) || !after.Complete || after.Length < 1500 || after.Length > 2100 {
					t.Fatalf("cut at %d of %d: %d bytes are left, want %d; %+v\n%s", n, len(whole), len(got), last, after, log)
				}
			}
			if format == record.FLV {
				readFLV(t, file)
			}
		})
	}
}

// recording makes a recording as it is before its end, with its description.
func recording(t *testing.T, dir string, format record.Format, tags []flv.Tag) (file string, description []byte) {
	t.Helper()
	var whole []byte
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: format}})
		defer g.stop()
		g.send(tags)
		synctest.Wait()
		file = recorded(t, dir, "."+string(format))[0]
		var err error
		whole, err = os.ReadFile(file)
		must(t, err)
		description, err = os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".json")
		must(t, err)
	})
	must(t, os.WriteFile(file, whole, 0o600))
	return file, description
}

// lastPiece is where the last fragment or tag begins.
func lastPiece(t *testing.T, format record.Format, data []byte) int {
	t.Helper()
	if format == record.MP4 {
		return bytes.LastIndex(data, []byte("moof")) - 4
	}
	r := flv.NewReader(bytes.NewReader(data))
	at, last := 13, 0
	for {
		tag, err := r.Next()
		if err == io.EOF {
			return last
		}
		must(t, err)
		last, at = at, at+15+len(tag.Body)
	}
}

// TestNothingWholeIsNothing has a file that was torn before its first fragment.
func TestNothingWholeIsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, p := recording(t, dir, record.MP4, long(t, 1)[:100])
	must(t, os.Truncate(file, 500))
	must(t, os.WriteFile(strings.TrimSuffix(file, ".mp4")+".json", p, 0o600))
	completed(t, dir, record.MP4)
	if files := recorded(t, dir, ""); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
}
