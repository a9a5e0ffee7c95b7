package config

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// lockFolder waits until no other process edits in the folder. Folders cannot
// be locked here, so a lock file stays behind in it.
func lockFolder(folder string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(folder, ".hawker.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, new(windows.Overlapped))
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// keepOwner has nothing to do: a new file takes its folder's rights.
func keepOwner(*os.File, os.FileInfo) error { return nil }

// syncFolder has nothing to do: folders cannot be synced.
func syncFolder(string) {}
