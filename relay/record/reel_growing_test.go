package record_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

// TestRunningFLVIsPlayed plays a show while it is on: what was there stays where it
// was, and there is more of it. In the end there is an index where room was.
func TestRunningFLVIsPlayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, playRunningFLV)
}

func playRunningFLV(t *testing.T) {
	dir := t.TempDir()
	h := shelf(t, dir).Handler()
	tags := long(t, 1)
	var before []byte
	func() {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: record.FLV}})
		defer g.stop()
		at := 0
		for _, ms := range []uint32{200, 3000, 5000, 7000} {
			n := len(shorter(tags, ms))
			g.send(tags[at:n])
			at = n
			synctest.Wait()
			time.Sleep(2 * time.Second) // lists are older than that
			file, now := played(t, h, firstPart)
			if !bytes.HasPrefix(now, before) {
				t.Fatalf("after %d ms what was there has changed", ms)
			}
			before = now
			if ms < 3000 {
				continue
			}
			if n := len(coded(t, file, "0:v")); n < int(ms)*30/1000-61 || n > int(ms)*30/1000 {
				t.Errorf("%d pictures of %d ms", n, ms)
			}
		}
	}()
	file, now := played(t, h, firstPart)
	head := bytes.Index(now, []byte("sidx"))
	if head < 0 || head > 4<<10 || !bytes.Equal(now[:head-4], before[:head-4]) || !bytes.HasPrefix(now[head-4+32<<10:], before[head-4+32<<10:]) {
		t.Errorf("at the end what was there has changed, or there is no index: it is at %d", head)
	}
	if n := len(decoded(t, file, "0:v")); n < 200 {
		t.Errorf("%d pictures in the end", n)
	}
	var show record.Show
	must(t, json.Unmarshal(get(shelf(t, dir).Handler(), firstShow).Body.Bytes(), &show))
	if !show.Playable || show.Running || !strings.HasSuffix(show.Parts[0].File, ".mp4") || show.Parts[0].Format != record.FLV {
		t.Errorf("the show: %+v", show)
	}
}

// TestTornFLVIsPlayed plays what a crash has left, before anybody has mended it,
// and parts of which each has its own codec parameters.
func TestTornFLVIsPlayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, p := recording(t, dir, record.FLV, long(t, 1))
	whole, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, whole[:len(whole)*2/3+7], 0o600))
	must(t, os.WriteFile(strings.TrimSuffix(file, "flv")+"json", p, 0o600))
	got, _ := played(t, shelf(t, dir).Handler(), firstPart)
	if n := len(decoded(t, got, "0:v")); n < 100 || n > 200 {
		t.Errorf("%d pictures", n)
	}
}
