package rtmp

import (
	"fmt"
	"regexp"
	"strings"
)

// maxRedact is the longest key in bytes that is looked for. Platforms' keys
// are under 200; where one is longer, nothing of the text is shown.
const maxRedact = 1024

// redact takes a key out of a text that a peer wrote, with and without its
// query, however it is spelled there. Text from decodeAMF is valid UTF-8.
func redact(text, key string) string {
	bare, _, _ := strings.Cut(key, "?")
	for _, k := range []string{key, bare} {
		switch {
		case len(k) < 4: // too short to be a secret, and it would tear words apart
			continue
		case len(k) > maxRedact:
			return "***"
		}
		text = regexp.MustCompile(spellings(k)).ReplaceAllLiteralString(text, "***")
	}
	return text
}

// spellings is a regular expression for key as it is, and with any of its
// characters as URLs, HTML and JSON write them, in capitals or not.
func spellings(key string) string {
	var re strings.Builder
	re.WriteString("(?i)")
	for _, r := range key {
		fmt.Fprintf(&re, "(?:%s|%s", regexp.QuoteMeta(string(r)), percent(string(r)))
		switch r {
		case ' ':
			re.WriteString(`|\+`)
		case '&':
			re.WriteString(`|&amp;|\\u0026`)
		case '/':
			re.WriteString(`|\\/`)
		}
		re.WriteByte(')')
	}
	return re.String()
}

func percent(s string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, "%%%02x", s[i])
	}
	return out.String()
}
