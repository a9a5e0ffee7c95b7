package keyage_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/keyage"
)

var (
	one, two = secret.New("FB-1234567890-0-Abc?s_bl=1&a=xyz"), secret.New("live_4711_other")
	monday   = time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
)

func open(t *testing.T, folder string) *keyage.Book {
	t.Helper()
	b, err := keyage.Open(folder)
	must(t, err)
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFirstSightingStays(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data") // not made yet
	b := open(t, folder)
	if at := b.FirstSeen(one); !at.IsZero() {
		t.Errorf("seen %v in an empty book", at)
	}
	must(t, b.See(monday, one))
	must(t, b.See(monday.Add(5*time.Hour), one, two))
	for name, b := range map[string]*keyage.Book{"the same": b, "read again": open(t, folder)} {
		if got := b.FirstSeen(one); !got.Equal(monday) {
			t.Errorf("%s: first seen %v, want %v", name, got, monday)
		}
		if got := b.FirstSeen(two); !got.Equal(monday.Add(5 * time.Hour)) {
			t.Errorf("%s: the other %v", name, got)
		}
		if got := b.FirstSeen(secret.New("never")); !got.IsZero() {
			t.Errorf("%s: a third one %v", name, got)
		}
	}
}

func TestFileTellsNoKey(t *testing.T) {
	prints := map[string]string{} // and the folder
	for _, name := range []string{"first", "second"} {
		folder := t.TempDir()
		must(t, open(t, folder).See(monday, one, two, secret.Secret{}))
		path := filepath.Join(folder, keyage.File)
		data, err := os.ReadFile(path)
		must(t, err)
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, want 0600", info.Mode())
		}
		for _, k := range []secret.Secret{one, two} {
			if strings.Contains(string(data), k.Reveal()) || strings.Contains(string(data), k.Reveal()[:8]) {
				t.Errorf("holds a key: %s", data)
			}
		}
		if n := strings.Count(string(data), "2026-03-02T18:00:00Z"); n != 2 {
			t.Errorf("%d sightings, want 2: %s", n, data)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Errorf("%d files in the folder (%v), want 1", len(entries), err)
		}
		for _, print := range regexp.MustCompile(`"[0-9a-f]{32}"`).FindAllString(string(data), -1) {
			if other := prints[print]; other != "" {
				t.Errorf("%s holds a fingerprint of %s: the same key can be told in two folders", name, other)
			}
			prints[print] = name
		}
	}
	if len(prints) != 4 {
		t.Errorf("%d fingerprints, want 4", len(prints))
	}
}

func TestForgotten(t *testing.T) {
	const day = 24 * time.Hour
	folder := t.TempDir()
	b := open(t, folder)
	must(t, b.See(monday, one, two))
	must(t, b.See(monday.Add(29*day), two)) // one is configured no more
	if b.FirstSeen(one).IsZero() {
		t.Error("forgotten too soon: if it comes back it is not new")
	}
	must(t, b.See(monday.Add(31*day), two, secret.New("third")))
	b = open(t, folder)
	if at := b.FirstSeen(one); !at.IsZero() {
		t.Errorf("still known from %v", at)
	}
	if at := b.FirstSeen(two); !at.Equal(monday) {
		t.Errorf("the one in use is from %v", at)
	}
}

func TestDamagedFileIsToldAndReplaced(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, keyage.File)
	for _, damaged := range []string{`{"salt": "AAAA", "first_seen": {`, `{"salt": "AAAA", "first_seen": {"x": 1}}`, ""} {
		must(t, os.WriteFile(path, []byte(damaged), 0o600))
		b, err := keyage.Open(folder)
		if err == nil || !strings.Contains(err.Error(), "ages of stream keys") {
			t.Fatalf("error %v", err)
		}
		must(t, b.See(monday, one))
		if at := open(t, folder).FirstSeen(one); !at.Equal(monday) {
			t.Errorf("after it was replaced: %v", at)
		}
		if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), "AAAA") {
			t.Errorf("still of the damaged file: %s (%v)", data, err)
		}
	}
}

func TestFolderThatCannotBeWrittenIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	b, _ := keyage.Open(file)
	if err := b.See(monday, one); err == nil {
		t.Error("no error")
	}
	if at := b.FirstSeen(one); !at.Equal(monday) {
		t.Errorf("what could not be written is forgotten: %v", at)
	}
}
