// Package secret holds the type for what must never be printed: stream keys
// and tokens; the files that hold nothing else, and the folders they are in. It imports nothing of the
// project, so that every room may use it.
package secret

import (
	"crypto/subtle"
	"log/slog"
	"unique"
)

const mask = "***"

// Secret is text that prints as *** wherever it is formatted, logged or
// marshalled. Only Reveal gives the text itself. Secrets of the same text are
// ==, and the zero value is that of no text.
type Secret struct {
	// fmt calls no methods on unexported fields of other types, nor for verbs
	// such as %d; it prints what is here, and of a handle that is an address.
	text unique.Handle[string]
}

// New returns text as a Secret.
func New(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{unique.Make(text)}
}

// Reveal returns the text. Call it only where the secret goes on the wire.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s == Secret{} }

// Equal compares in constant time for texts of equal length.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns *** (or nothing for an empty secret).
func (s Secret) String() string {
	if s.Empty() {
		return ""
	}
	return mask
}

// GoString keeps %#v from showing the text.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps slog from showing the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps JSON and text encoders from showing the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML keeps YAML dumps from showing the text.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }
