package store

import (
	"errors"
	"os"
	"path/filepath"
)

// makeFolder makes a folder, for its owner alone, and those around it that are
// missing, and makes their entries durable.
func makeFolder(folder string) error {
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

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}
