package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// TestTheFirstOfManyWins starts many servers at once: each reads the whole secret
// of the first, and nothing else stays in the folder.
func TestTheFirstOfManyWins(t *testing.T) {
	for range 20 {
		file := filepath.Join(t.TempDir(), "data", "x.key")
		secrets := make([]secret.Secret, 8)
		begin := make(chan struct{})
		var group sync.WaitGroup
		for i := range secrets {
			group.Go(func() {
				<-begin
				var err error
				if secrets[i], err = secret.EnsureFile(file, "the x key"); err != nil {
					t.Errorf("server %d: %v", i, err)
				}
			})
		}
		close(begin)
		group.Wait()
		for i, s := range secrets {
			if s != secrets[0] || len(s.Reveal()) != 64 {
				t.Fatalf("server %d has another secret", i)
			}
		}
		if files, err := os.ReadDir(filepath.Dir(file)); err != nil || len(files) != 1 {
			t.Errorf("the folder has %v, %v", files, err)
		}
	}
}
