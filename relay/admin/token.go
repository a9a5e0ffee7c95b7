package admin

import (
	"path/filepath"

	"github.com/hawker-live/hawker/config/secret"
)

// TokenFile is the token's file within the data folder.
const TokenFile = "admin.token"

const tokenName = "the admin token"

// ReadToken returns the token that a server on this machine has written to its
// data folder.
func ReadToken(dataFolder string) (secret.Secret, error) {
	return secret.ReadFile(filepath.Join(dataFolder, TokenFile), tokenName)
}

// EnsureToken returns the token, and makes one of 256 random bits when there is
// none: folder 0700, file 0600.
func EnsureToken(dataFolder string) (secret.Secret, error) {
	return secret.EnsureFile(filepath.Join(dataFolder, TokenFile), tokenName)
}
