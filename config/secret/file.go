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
// not there: folder 0700, file 0600.
func EnsureFile(file, what string) (Secret, error) {
	s, err := ReadFile(file, what)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return Secret{}, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another server was faster
		return ReadFile(file, what)
	}
	if err != nil {
		return Secret{}, fmt.Errorf("write %s: %w", what, err)
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	text := hex.EncodeToString(b)
	if _, err := f.WriteString(text + "\n"); err != nil {
		return Secret{}, errors.Join(fmt.Errorf("write %s: %w", what, err), f.Close())
	}
	return New(text), f.Close()
}
