package rtmp

import (
	"fmt"
	"regexp"
	"strings"
)

// maxRedact is the longest key in bytes that is looked for. Platforms' keys
// are under 200; where one is longer, nothing of the text is shown.
const maxRedact = 1024

// redact takes keys out of a text that a peer wrote, with and without their
// query, however they are spelled there. Text from decodeAMF is valid UTF-8.
func redact(text string, keys ...string) string {
	for _, key := range keys {
		bare, _, _ := strings.Cut(key, "?")
		text = redactOne(redactOne(text, key), bare)
	}
	return text
}

func redactOne(text, key string) string {
	switch {
	case len(key) < 4: // too short to be a secret, and it would tear words apart
		return text
	case len(key) > maxRedact:
		return "***"
	}
	return regexp.MustCompile(spellings(key)).ReplaceAllLiteralString(text, "***")
}

// mistyped returns the parts of an app that may be a key which was typed into
// the server URL: what follows the first segment, and the query, whole and in
// pieces.
func mistyped(app string) []string {
	path, query, _ := strings.Cut(app, "?")
	_, rest, _ := strings.Cut(path, "/")
	pieces := strings.FieldsFunc(rest+"&"+query, func(r rune) bool { return strings.ContainsRune("/&=", r) })
	return append([]string{rest, query}, pieces...)
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
