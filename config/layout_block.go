package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// dash is where the "-" of a block list's item stands, both counted from 0.
type dash struct{ line, column int }

// dash finds the dash before an item, which may stand on a line of its own.
func (t layout) dash(item *yaml.Node) (dash, bool) {
	at, ok := t.offset(item)
	if !ok {
		return dash{}, false
	}
	line := item.Line - 1
	head := t.text[t.start[line]:at]
	for isBlank(head) || isComment(head) {
		if line--; line < 0 {
			return dash{}, false
		}
		head = t.lines[line]
	}
	mark := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(head), "-"))
	if !strings.HasPrefix(strings.TrimSpace(head), "-") || mark != "" && !strings.HasPrefix(mark, "#") {
		return dash{}, false
	}
	return dash{line, indentOf(head)}, true
}

// extent gives the indexes after the last line of content, and after the last
// comment, that are indented deeper than column, from the line after first on.
// What is indented deeper belongs to the item.
func (t layout) extent(n *yaml.Node, column int) (content, comments int) {
	content = t.lastLine(n, column)
	comments = content
	shallow := false // a comment of somebody else's was passed
	for i := content; i < len(t.lines); i++ {
		line := t.lines[i]
		deeper := indentOf(line) > column
		switch {
		case isBlank(line):
		case isComment(line):
			shallow = shallow || !deeper
			if !shallow {
				comments = i + 1
			}
		case deeper:
			content, comments, shallow = i+1, i+1, false
		default:
			return content, comments
		}
	}
	return content, comments
}

// lastLine is the line, counted from 1, where the last node below n begins; or
// where it ends if it is a text of lines, in which # begins no comment.
func (t layout) lastLine(n *yaml.Node, column int) int {
	last := lastNode(n)
	end := last.Line
	if last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return end
	}
	indent := column + 2 // deeper than the field
	for i := last.Line; i < len(t.lines); i++ {
		switch at := indentOf(t.lines[i]); {
		case isBlank(t.lines[i]):
		case at < indent:
			return end
		default:
			if end == last.Line {
				indent = at // the first line tells
			}
			end = i + 1
		}
	}
	return end
}

// lastNode is the node below n, or n, that begins last.
func lastNode(n *yaml.Node) *yaml.Node {
	last := n
	for _, c := range n.Content {
		if one := lastNode(c); one.Line >= last.Line {
			last = one
		}
	}
	return last
}

// fields returns how far the fields of a block mapping are indented, and the
// index of the line after the last of them.
func (t layout) fields(mapping *yaml.Node) (indent string, end int, ok bool) {
	if len(mapping.Content) == 0 {
		return "", 0, false
	}
	column := mapping.Content[0].Column - 1
	end, _ = t.extent(mapping, column-1)
	return strings.Repeat(" ", column), end, true
}

// appendBlock adds an item after the last one of a block list.
func (t layout) appendBlock(list *yaml.Node, e entry) (string, bool) {
	last := list.Content[len(list.Content)-1]
	at, ok := t.dash(last)
	if !ok {
		return "", false
	}
	_, end := t.extent(last, at.column)
	oneLine := last.Style&yaml.FlowStyle != 0 || last.Kind != yaml.MappingNode
	item := e.item(t.lines[at.line][:at.column], t.eol, oneLine)
	if len(list.Content) > 1 && at.line > 0 && isBlank(t.lines[at.line-1]) {
		item = t.eol + item
	}
	return t.insertLines(end, item), true
}

// beginList makes the first item of a list that has none. Its field's value
// is nothing, null, or []. A destination takes one line; a stream, which will
// hold a list, more.
func (t layout) beginList(key, list *yaml.Node, indent int, e entry) (string, bool) {
	from, ok := t.offset(list)
	if !ok {
		return "", false
	}
	item := e.item(strings.Repeat(" ", key.Column-1+indent), t.eol, key.Value != "streams")
	to := from + len(list.Value)
	if list.Kind == yaml.SequenceNode {
		open, close, found := t.brackets(list)
		if !found || !isBlank(t.text[open+1:close]) || strings.Contains(t.text[open:close], "\n") {
			return "", false
		}
		from, to = open, close+1
	}
	line := max(key.Line, list.Line)
	whole := t.insertLines(line, item)
	if from == to {
		return whole, true
	}
	head := strings.TrimRight(t.text[:from], " ")
	return head + whole[to:], true
}

// removeBlock takes the lines of item i out. The only item leaves [] behind.
func (t layout) removeBlock(key, list *yaml.Node, i int) (string, bool) {
	at, ok := t.dash(list.Content[i])
	keyAt, found := t.offset(key)
	if !ok || !found {
		return "", false
	}
	_, end := t.extent(list.Content[i], at.column)
	first := at.line
	if first > 0 && isBlank(t.lines[first-1]) && (end == len(t.lines) || isBlank(t.lines[end])) {
		first-- // one blank line, not two, between what is left
	}
	text := t.text[:t.start[first]] + t.text[t.start[end]:]
	if len(list.Content) > 1 {
		return text, true
	}
	colon := strings.Index(text[keyAt:], ":")
	if colon < 0 {
		return "", false
	}
	colon += keyAt + 1
	return text[:colon] + " []" + text[colon:], true
}
