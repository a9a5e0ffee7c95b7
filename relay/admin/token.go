package admin

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
)

// TokenFile is the token's file within the data folder.
const TokenFile = "admin.token"

// ReadToken returns the token that a server on this machine has written to its
// data folder.
func ReadToken(dataFolder string) (secret.Secret, error) {
	b, err := os.ReadFile(filepath.Join(dataFolder, TokenFile))
	if err != nil {
		return secret.Secret{}, fmt.Errorf("read the admin token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return secret.Secret{}, fmt.Errorf("the admin token's file %s is empty; delete it and start the server again", filepath.Join(dataFolder, TokenFile))
	}
	return secret.New(token), nil
}

// EnsureToken returns the token, and makes one of 256 random bits when there is
// none: folder 0700, file 0600.
func EnsureToken(dataFolder string) (secret.Secret, error) {
	token, err := ReadToken(dataFolder)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	if err := os.MkdirAll(dataFolder, 0o700); err != nil {
		return secret.Secret{}, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dataFolder, TokenFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another server was faster
		return ReadToken(dataFolder)
	}
	if err != nil {
		return secret.Secret{}, fmt.Errorf("write the admin token: %w", err)
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	text := hex.EncodeToString(b)
	if _, err := f.WriteString(text + "\n"); err != nil {
		return secret.Secret{}, errors.Join(fmt.Errorf("write the admin token: %w", err), f.Close())
	}
	return secret.New(text), f.Close()
}
