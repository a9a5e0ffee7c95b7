package rtmp

import (
	"net/url"
	"strings"
)

// redact takes a key out of a text that a peer wrote, as it is and as URLs
// would spell it, with and without its query.
func redact(text, key string) string {
	bare, _, _ := strings.Cut(key, "?")
	for _, k := range []string{key, bare} {
		if len(k) < 4 { // too short to be a secret, and it would tear words apart
			continue
		}
		for _, form := range []string{k, url.QueryEscape(k), url.PathEscape(k)} {
			text = strings.ReplaceAll(text, form, "***")
		}
	}
	return text
}
