package record

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestOldestGoFirst has parts of several sizes. What is kept are always the
// newest, whichever of them would fit.
func TestOldestGoFirst(t *testing.T) {
	t.Parallel()
	const shows = 3
	began := time.Date(2026, 3, 1, 19, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		settings Settings
		sizes    []int  // of two parts of each show
		open     []int  // those that are not complete
		kept     []bool // the parts in order
	}{
		"a small one before a large one": {Settings{MaxBytes: 100}, []int{10, 10, 10, 90, 20, 20}, nil, []bool{false, false, false, false, true, true}},
		"all fit":                        {Settings{MaxBytes: 100}, []int{10, 10, 10, 10, 20, 20}, nil, []bool{true, true, true, true, true, true}},
		"a show's first part goes":       {Settings{MaxBytes: 100}, []int{50, 10, 10, 10, 20, 20}, nil, []bool{false, true, true, true, true, true}},
		"what is being written counts":   {Settings{MaxBytes: 100}, []int{20, 20, 20, 20, 20, 60}, []int{5}, []bool{false, false, false, true, true, true}},
		"and never goes":                 {Settings{MaxBytes: 100}, []int{120, 20, 20, 20, 20, 20}, []int{0}, []bool{true, false, false, false, false, false}},
		"by age":                         {Settings{MaxAge: 90 * time.Minute}, []int{20, 20, 20, 20, 20, 20}, nil, []bool{false, false, true, true, true, true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tt.settings.Folder = dir
			r, err := New(Config{Stream: "main", Settings: tt.settings, Feed: nobody{}})
			if err != nil {
				t.Fatal(err)
			}
			f, err := openFolder(dir, "main", true)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			var all []Part
			for i, size := range tt.sizes {
				at := began.Add(time.Duration(i/2) * time.Hour)
				if tt.settings.MaxAge > 0 {
					at = time.Now().Add(time.Duration(i/2-shows) * time.Hour)
				}
				p := Part{Stream: "main", Date: showName(at), Number: 1 + i%2, Format: MP4, Started: at.UTC(), Length: 2_400_000, Bytes: int64(size), Complete: true}
				if slices.Contains(tt.open, i) {
					p.Length, p.Bytes, p.Complete = 0, 0, false
				}
				if err := f.describe(p); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "main", p.data()), make([]byte, size), 0o600); err != nil {
					t.Fatal(err)
				}
				all = append(all, p)
			}
			old, err := r.old(f)
			if err != nil {
				t.Fatal(err)
			}
			r.removeAll(f, old)
			for i, p := range all {
				_, data := os.Stat(filepath.Join(dir, "main", p.data()))
				_, about := os.Stat(filepath.Join(dir, "main", p.about()))
				if (data == nil) != tt.kept[i] || (about == nil) != tt.kept[i] {
					t.Errorf("part %d: %v, %v, want it kept: %v", i, data, about, tt.kept[i])
				}
			}
		})
	}
}
