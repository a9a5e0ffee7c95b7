package config

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// layout is a YAML text by lines, for changes that leave all other lines as
// they are. It goes by indentation, as people read; where that is wrong, the
// comparison in Doc.become refuses the result.
type layout struct {
	text  string
	lines []string // with their ends
	start []int    // offsets of lines, and of the end
	eol   string
}

func newLayout(text []byte) layout {
	t := layout{text: string(text), eol: "\n"}
	if strings.Contains(t.text, "\r\n") {
		t.eol = "\r\n"
	}
	at := 0
	for line := range strings.Lines(t.text) {
		t.lines, t.start = append(t.lines, line), append(t.start, at)
		at += len(line)
	}
	t.start = append(t.start, at)
	return t
}

// offset is where n begins.
func (t layout) offset(n *yaml.Node) (int, bool) {
	if n.Line < 1 || n.Line > len(t.lines) {
		return 0, false
	}
	at := t.start[n.Line-1]
	if n.Line == 1 && strings.HasPrefix(t.text, "\ufeff") {
		at += len("\ufeff")
	}
	for range n.Column - 1 { // columns count characters
		_, size := utf8.DecodeRuneInString(t.text[at:])
		at += size
	}
	return at, at <= t.start[n.Line]
}

// insertLines puts whole lines before the line with this index.
func (t layout) insertLines(line int, lines string) string {
	head, tail := t.text[:t.start[line]], t.text[t.start[line]:]
	if head != "" && !strings.HasSuffix(head, "\n") {
		head += t.eol
	}
	return head + lines + tail
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func isComment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }
