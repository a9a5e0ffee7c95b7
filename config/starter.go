package config

import (
	"crypto/rand"
	_ "embed"
	"encoding/base32"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
)

//go:embed starter.yaml
var starter string

// Starter returns the commented configuration for a first start: one stream,
// main, with this key and no destinations. It holds the key in clear: write it
// with mode 0600.
func Starter(key secret.Secret) []byte {
	return []byte(strings.Replace(starter, "STREAM_KEY", quoted(key.Reveal()), 1))
}

// keyBytes makes a key 160 bits strong, which 32 letters carry.
const keyBytes = 20

// NewKey returns a random stream key of 160 bits: lower-case letters and digits
// without l, o, 0 and 1, which people mistake for each other.
func NewKey() secret.Secret {
	raw := make([]byte, keyBytes)
	rand.Read(raw) // never fails
	signs := base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)
	return secret.New(signs.EncodeToString(raw))
}
