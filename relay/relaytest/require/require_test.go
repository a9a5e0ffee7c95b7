package require_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

func TestProgramIsFoundInFolders(t *testing.T) {
	t.Setenv(require.Environment, "")
	t.Setenv("PATH", t.TempDir())
	root := t.TempDir()
	want := filepath.Join(root, "15", "bin", "thing")
	if err := os.MkdirAll(filepath.Dir(want), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := require.Program(t, "thing", filepath.Join(root, "other"), filepath.Join(root, "*", "bin")); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	t.Run("nowhere", func(t *testing.T) {
		require.Program(t, "thing", filepath.Join(root, "other"))
		t.Error("goes on without the program")
	})
}
