package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hawker-live/hawker/config"
	"gopkg.in/yaml.v3"
)

// FuzzParse: whatever a file holds, it is read or refused with places.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(config.Starter(config.NewKey()))
	golden, err := filepath.Glob("testdata/edit/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range golden {
		_, text, _ := strings.Cut(read(f, file), "\n")
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data, filepath.Join(dir, "hawker.yaml"), options(map[string]string{"K": "k"}))
		if c == nil || len(c.Files()) == 0 {
			t.Fatal("no config")
		}
		var errs config.Errors
		if err != nil && !errors.As(err, &errs) {
			t.Fatalf("not config.Errors: %v", err)
		}
		for _, e := range errs {
			if e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("error without a place: %+v", e)
			}
		}
	})
}

// TestEveryPrefixIsReadOrRefused cuts a file at every byte, as a writer that
// was interrupted does.
func TestEveryPrefixIsReadOrRefused(t *testing.T) {
	for i := range len(whole) {
		c, err := config.Parse([]byte(whole[:i]), "hawker.yaml", options(map[string]string{"HAWKER_KEY": canary}))
		if err == nil && len(c.Streams) == 0 {
			t.Errorf("the first %d bytes pass without a stream", i)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the key shows: %v", err)
		}
	}
}

// FuzzEdit: an edit of any file gives a valid file, or leaves it as it was.
func FuzzEdit(f *testing.F) {
	golden, err := filepath.Glob("testdata/edit/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range golden {
		name, text, _ := strings.Cut(read(f, file), "\n")
		before, _, _ := strings.Cut(text, "====\n")
		f.Add(name, before)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if edits[name] == nil {
			name = "add destination"
		}
		path := write(t, t.TempDir(), "hawker.yaml", text)
		err := config.Edit(path, options(nil), edits[name])
		got, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err != nil {
			if string(got) != text {
				t.Fatalf("refused (%v), and yet changed:\n%s", err, got)
			}
			return
		}
		anything := options(nil)
		anything.Getenv = func(name string) (string, bool) { return "value-of-" + name, true }
		if _, err := config.Parse(got, path, anything); err != nil || !utf8.Valid(got) {
			t.Fatalf("made invalid: %v\n%s", err, got)
		}
		var n yaml.Node
		if err := yaml.Unmarshal(got, &n); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "add") && comments(string(got)) < comments(text) {
			t.Fatalf("comments were lost:\n%s\nof\n%s", got, text)
		}
	})
}

func comments(text string) int { return strings.Count(text, "#") }
