package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/hawker-live/hawker/overlay/store"
)

// TestFullDisk is TestFullDatabase with a disk that is really full: 2 MiB, and
// something that can be deleted.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	c := store.Config{Folder: filepath.Join(disk, "data")}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	ballast := filepath.Join(disk, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	s := open(t, c)
	fill(t, s, func() {
		must(t, os.Remove(ballast))
		must(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=64m"))
	})
	must(t, s.Close())
	same(t, load(t, open(t, c)).Seq, filled)
}
