package record

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What cannot be read is thrown away only if it is as little as a crash tears.
func TestDamagedFileIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		size int64
		kept bool
	}{"little": {1 << 20, false}, "much": {mostTorn + 1, true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = root.Close() }()
			p := Part{Stream: "main", Date: "2026-03-14T19-00-00Z", Number: 1, Format: FLV}
			file, err := root.OpenFile(p.data(), os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Truncate(c.size); err != nil {
				t.Fatal(err)
			}
			f := &folder{root}
			if err := f.describe(p); err != nil {
				t.Fatal(err)
			}
			if err := f.finish(t.Context(), p, file); (err != nil) != c.kept || c.kept && !errors.Is(err, errNothing) && !errors.Is(err, errDamaged) {
				t.Errorf("finishing it: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, p.data())); (err == nil) != c.kept {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
