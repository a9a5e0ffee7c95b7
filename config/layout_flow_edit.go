package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

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
