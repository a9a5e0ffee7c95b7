package rtmp

import (
	"fmt"
	"regexp"
	"strings"
)

// redact takes a key out of a text that a peer wrote, with and without its
// query, however it is spelled there.
func redact(text, key string) string {
	bare, _, _ := strings.Cut(key, "?")
	for _, k := range []string{key, bare} {
		if len(k) < 4 { // too short to be a secret, and it would tear words apart
			continue
		}
		re, err := regexp.Compile(spellings(k))
		if err != nil { // longer than any real key
			return "***"
		}
		text = re.ReplaceAllLiteralString(text, "***")
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
