package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// MakeFolder makes a folder for what others must not see, which is its owner's
// alone (0700), and those around it that are missing, and makes durable that they
// are there.
func MakeFolder(folder string) error {
	var around []string // where one is made
	for at := filepath.Clean(folder); missing(at) && at != filepath.Dir(at); at = filepath.Dir(at) {
		around = append(around, filepath.Dir(at))
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, at := range around {
		if err := syncFolder(at); err != nil {
			return err
		}
	}
	return nil
}

func missing(folder string) bool {
	_, err := os.Stat(folder)
	return errors.Is(err, fs.ErrNotExist)
}

// syncFolder makes durable which files there are. Windows does so by itself.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
