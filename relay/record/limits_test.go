package record_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

// TestOldOnesGo keeps what fits into limits, and never what is none of its own.
func TestOldOnesGo(t *testing.T) {
	t.Parallel()
	show := func(t *testing.T, settings record.Settings) {
		synctest.Test(t, func(t *testing.T) {
			g := raise(t, record.Config{Settings: settings})
			defer g.stop()
			for range 5 {
				g.send(shorter(long(t, 1), 2100))
				g.stream.End()
				wait := time.NewTimer(time.Minute)
				<-wait.C
				g.takeOver()
			}
		})
	}
	tests := map[string]struct {
		settings record.Settings
		kept     int
	}{
		"by age":  {record.Settings{MaxAge: 130 * time.Second}, 3},
		"by size": {record.Settings{MaxBytes: 420_000}, 3},
		"all":     {record.Settings{}, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tt.settings.Folder = dir
			must(t, os.MkdirAll(filepath.Join(dir, "main"), 0o700))
			other := filepath.Join(dir, "main", "1999-01-01 my own.mp4")
			must(t, os.WriteFile(other, []byte("x"), 0o600))
			show(t, tt.settings)
			files := recorded(t, dir, "Z.mp4")
			if len(files) != tt.kept || about(t, files[len(files)-1]).Started.Minute() != 4 {
				t.Errorf("kept: %v", files)
			}
			if abouts := recorded(t, dir, ".json"); len(abouts) != len(files) {
				t.Errorf("descriptions: %v", abouts)
			}
			if _, err := os.Stat(other); err != nil {
				t.Error(err)
			}
		})
	}
}
