package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
)

func TestEnsureFileMakesASecretOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data", "x.key")
	if _, err := secret.ReadFile(file, "the x key"); err == nil {
		t.Error("a file that is not there is read")
	}
	made, err := secret.EnsureFile(file, "the x key")
	if err != nil || len(made.Reveal()) != 64 {
		t.Fatalf("made %d characters, %v", len(made.Reveal()), err)
	}
	if again, err := secret.EnsureFile(file, "the x key"); err != nil || again != made {
		t.Errorf("the second time gives another one, or %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	other, err := secret.EnsureFile(file+"2", "another")
	if err != nil || other == made {
		t.Error("two files have the same secret")
	}
}

func TestAnEmptyFileIsNoSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.key")
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.EnsureFile(file, "the x key"); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("got %v", err)
	}
}
