package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/record"
)

// TestModes has nobody else read recordings.
func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	recordTags(t, record.Config{Settings: record.Settings{Folder: dir}}, shorter(long(t, 1), 1000))
	for _, name := range append(recorded(t, dir, ""), dir, filepath.Join(dir, "main")) {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, conf := range map[string]record.Config{
		"no folder":   {Stream: "main"},
		"odd format":  {Stream: "main", Settings: record.Settings{Folder: "x", Format: "avi"}},
		"odd name":    {Stream: "../main", Settings: record.Settings{Folder: "x"}},
		"negative":    {Stream: "main", Settings: record.Settings{Folder: "x", SplitBytes: -1}},
		"no feed":     {Stream: "main", Settings: record.Settings{Folder: "x"}},
		"no settings": {},
	} {
		if _, err := record.New(conf); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "no feed" && !strings.Contains(err.Error(), "Feed") {
			t.Error(err)
		}
	}
}
