package overlay

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// MaxURL is the length of the longest link, in bytes.
const MaxURL = 2000

// CheckURL tells whether a link may be given to viewers: an absolute http or
// https URL with a host, without a user's name or password, and written in the
// characters that a URL has.
func CheckURL(link string) error {
	switch {
	case link == "":
		return errors.New("is missing: it begins with https://")
	case len(link) > MaxURL:
		return fmt.Errorf("is longer than %d bytes", MaxURL)
	case strings.ContainsFunc(link, notInURL):
		return errors.New("has a character that no URL has: copy it from the browser's address bar, with spaces as %20")
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Opaque != "" {
		return errors.New("is not a link that starts with https:// and a host")
	}
	if u.User != nil {
		return errors.New("has a user's name before its host, which would be shown to everybody")
	}
	return nil
}

// notInURL finds what RFC 3986 leaves out, and browsers read in ways of their
// own: spaces, controls, quotes, backslashes, and all beyond ASCII.
func notInURL(r rune) bool {
	return r <= ' ' || r > unicode.MaxASCII || strings.ContainsRune("\x7f\"<>\\^`{|}", r)
}
