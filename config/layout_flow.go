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

// appendFlow adds an element before the closing bracket; on a line of its own
// where the last element has one.
func (t layout) appendFlow(n *yaml.Node, element string) (string, bool) {
	open, ok := t.open(n)
	if !ok {
		return "", false
	}
	parts, close, ok := t.elements(open)
	switch {
	case !ok:
		return "", false
	case len(parts) == 0:
		return t.text[:open+1] + element + t.text[open+1:], true
	}
	last := parts[len(parts)-1]
	head, tail := t.text[:last.to], t.text[last.to:]
	own := t.lineHead(last.from)
	lines := isBlank(own) && strings.Contains(t.text[last.to:close], "\n")
	comma := strings.HasPrefix(strings.TrimLeft(tail, " \t\r\n"), ",")
	switch {
	case lines && comma:
		end := last.to + strings.IndexByte(tail, '\n') + 1
		return t.text[:end] + own + element + "," + t.eol + t.text[end:], true
	case lines:
		end := strings.IndexByte(tail, '\n') + 1
		return head + "," + tail[:end] + own + element + t.eol + tail[end:], true
	case isBlank(own):
		return head + "," + t.eol + own + element + tail, true
	}
	return head + ", " + element + tail, true
}

// lineHead is what stands before at on its line.
func (t layout) lineHead(at int) string {
	return t.text[strings.LastIndexByte(t.text[:at], '\n')+1 : at]
}

// removeFlow takes element i out, and its line if it has one of its own.
func (t layout) removeFlow(n *yaml.Node, i int) (string, bool) {
	open, ok := t.open(n)
	if !ok {
		return "", false
	}
	parts, _, ok := t.elements(open)
	if !ok || i >= len(parts) {
		return "", false
	}
	from, to := parts[i].from, parts[i].to
	if cut, own := t.ownLines(parts[i]); own {
		return t.text[:cut.from] + t.text[cut.to:], true
	}
	switch {
	case i+1 < len(parts):
		to = parts[i+1].from
	case i > 0:
		from = parts[i-1].to
	default:
		rest := t.text[to:]
		if after := strings.TrimLeft(rest, " \t"); strings.HasPrefix(after, ",") {
			to += len(rest) - len(after) + 1
		}
	}
	return t.text[:from] + t.text[to:], true
}

// ownLines returns the lines of an element if nothing else but its comma and a
// comment is on them.
func (t layout) ownLines(part span) (span, bool) {
	head, rest := t.lineHead(part.from), t.text[part.to:]
	end := strings.IndexByte(rest, '\n') + 1
	after := strings.TrimPrefix(strings.TrimLeft(rest[:end], " \t"), ",")
	own := isBlank(head) && end > 0 && (isBlank(after) || isComment(after))
	return span{part.from - len(head), part.to + end}, own
}
