package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ReadFile reads a secret from a file of its own. What says whose it is, such as
// "the admin token".
func ReadFile(file, what string) (Secret, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Secret{}, fmt.Errorf("read %s: %w", what, err)
	}
	text := strings.TrimSpace(string(b))
	if text == "" {
		return Secret{}, fmt.Errorf("%s's file %s is empty; delete it and start the server again", what, file)
	}
	return New(text), nil
}

// EnsureFile reads a secret, and makes one of 256 random bits when the file is
// not there: folder 0700, file 0600. The file is there whole or not at all,
// whenever the process ends or the power fails.
func EnsureFile(file, what string) (Secret, error) {
	s, err := ReadFile(file, what)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := MakeFolder(filepath.Dir(file)); err != nil {
		return Secret{}, fmt.Errorf("make the data folder: %w", err)
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	if err := create(file, hex.EncodeToString(b)+"\n"); err != nil {
		return Secret{}, fmt.Errorf("write %s: %w", what, err)
	}
	return ReadFile(file, what) // another server may have been faster
}

// create writes a file beside its place, and moves it there when it is on the
// disk. A file that is there already stays.
func create(file, text string) error {
	draft, err := write(filepath.Dir(file), text)
	if draft != "" {
		defer func() { _ = os.Remove(draft) }()
	}
	if err != nil {
		return err
	}
	switch err := os.Link(draft, file); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil: // some file systems have no links; of two servers the last one wins there
		if err := os.Rename(draft, file); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Dir(file))
}

// write writes a file with a name of its own, mode 0600.
func write(folder, text string) (name string, err error) {
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}
