package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// span is a piece of the text.
type span struct{ from, to int }

// open finds the bracket that n begins with, after its anchor or tag.
func (t layout) open(n *yaml.Node) (int, bool) {
	at, ok := t.offset(n)
	for ok && at < len(t.text) && strings.IndexByte("&!", t.text[at]) >= 0 {
		word := strings.IndexAny(t.text[at:], " \n")
		if word < 0 {
			return 0, false
		}
		at += word + indentOf(t.text[at+word:])
	}
	return at, ok && at < len(t.text) && strings.IndexByte("[{", t.text[at]) >= 0
}

// brackets finds where a flow list or mapping begins and ends.
func (t layout) brackets(n *yaml.Node) (open, close int, ok bool) {
	open, ok = t.open(n)
	if !ok {
		return 0, 0, false
	}
	_, close, ok = t.elements(open)
	return open, close, ok
}

// elements returns the elements between brackets, without the space around
// them, and the closing bracket.
func (t layout) elements(open int) (parts []span, close int, ok bool) {
	depth, from, to := 0, -1, -1
	touch := func(a, b int) {
		if from < 0 {
			from = a
		}
		to = b
	}
	for i := open; i < len(t.text); {
		c, width := t.text[i], t.token(i, from < 0 || strings.IndexByte(" \t\n:,[{", t.text[i-1]) >= 0)
		closing := c == ']' || c == '}'
		if closing {
			depth--
		}
		switch {
		case depth == 0 && closing, depth == 1 && c == ',' && width == 1:
			if from >= 0 {
				parts = append(parts, span{from, to})
			}
			from = -1
			if closing {
				return parts, i, true
			}
		case i > open && !t.skipped(i):
			touch(i, i+width)
		}
		if c == '[' || c == '{' {
			depth++
		}
		i += width
	}
	return nil, 0, false
}

// skipped reports whether a space or comment is at i.
func (t layout) skipped(i int) bool {
	return strings.IndexByte(" \t\r\n", t.text[i]) >= 0 || t.text[i] == '#' && t.token(i, true) > 1
}

// token returns how long the piece at i is: a quoted text if one can begin
// here, a comment, or one byte.
func (t layout) token(i int, begins bool) int {
	rest := t.text[i:]
	switch {
	case begins && (rest[0] == '"' || rest[0] == '\''):
		return quotedLen(rest)
	case rest[0] == '#' && i > 0 && strings.IndexByte(" \t\n,[{", t.text[i-1]) >= 0:
		if end := strings.IndexByte(rest, '\n'); end > 0 {
			return end
		}
		return len(rest)
	}
	return 1
}

// quotedLen returns how long the quoted text is that text begins with.
func quotedLen(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[0] == '"' && text[i] == '\\':
			i++
		case text[0] == '\'' && strings.HasPrefix(text[i:], "''"):
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return len(text)
}

// scalar finds the text of a scalar that is written in one piece.
func (t layout) scalar(n *yaml.Node) (from, to int, ok bool) {
	from, ok = t.offset(n)
	if !ok || n.Kind != yaml.ScalarNode || n.Value == "" {
		return 0, 0, false
	}
	rest := t.text[from:]
	switch n.Style {
	case 0:
		return from, from + len(n.Value), strings.HasPrefix(rest, n.Value)
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		return from, from + quotedLen(rest), rest[0] == '"' || rest[0] == '\''
	}
	return 0, 0, false
}
