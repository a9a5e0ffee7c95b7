package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// append adds an entry to the list that parent holds under key, in the style
// of the entries that are there.
func (d *Doc) append(parent *yaml.Node, key string, e entry) error {
	item, err := e.node()
	if err != nil {
		return err
	}
	if parent.Kind != yaml.MappingNode {
		return errLayout
	}
	t, list := newLayout(d.text), value(parent, key)
	var text string
	ok := false
	switch {
	case list == nil:
		return d.addList(parent, key, e)
	case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0:
		text, ok = t.appendBlock(list, e)
	case list.Kind == yaml.SequenceNode && (len(list.Content) > 0 || parent.Style&yaml.FlowStyle != 0):
		text, ok = t.appendFlow(list, e.flow())
	case list.Kind == yaml.SequenceNode || empty(list):
		text, ok = t.beginList(keyNode(parent, key), list, d.listIndent(), e)
	}
	if !ok {
		return errLayout
	}
	if list.Kind != yaml.SequenceNode {
		*list = yaml.Node{Kind: yaml.SequenceNode, Anchor: list.Anchor}
	}
	list.Content = append(list.Content, item)
	return d.become(text)
}

// addList adds a field that holds a list of one entry.
func (d *Doc) addList(parent *yaml.Node, key string, e entry) error {
	if parent.Style&yaml.FlowStyle != 0 {
		return d.addField(parent, key, "["+e.flow()+"]")
	}
	t := newLayout(d.text)
	indent, end, ok := t.fields(parent)
	if !ok {
		return errLayout
	}
	item := e.item(indent+strings.Repeat(" ", d.listIndent()), t.eol, true)
	if err := setField(parent, key, "["+e.flow()+"]"); err != nil {
		return err
	}
	return d.become(t.insertLines(end, indent+key+":"+t.eol+item))
}

// addField adds a field with a value that is written in one line.
func (d *Doc) addField(mapping *yaml.Node, name, text string) error {
	if mapping.Kind != yaml.MappingNode {
		return errLayout
	}
	t := newLayout(d.text)
	var changed string
	ok := false
	if mapping.Style&yaml.FlowStyle != 0 {
		changed, ok = t.appendFlow(mapping, name+": "+text)
	} else if indent, end, found := t.fields(mapping); found {
		changed, ok = t.insertLines(end, indent+name+": "+text+t.eol), true
	}
	if !ok {
		return errLayout
	}
	if err := setField(mapping, name, text); err != nil {
		return err
	}
	return d.become(changed)
}

// setField adds the field to the node.
func setField(mapping *yaml.Node, name, text string) error {
	field, err := parseYAML([]byte("{" + name + ": " + text + "}"))
	if err != nil {
		return errLayout
	}
	mapping.Content = append(mapping.Content, field.Content...)
	return nil
}

// remove takes an item out of the list that parent holds under key.
func (d *Doc) remove(parent *yaml.Node, key string, item *yaml.Node) error {
	t, list := newLayout(d.text), value(parent, key)
	i := slices.Index(list.Content, item)
	if parent.Kind != yaml.MappingNode || list.Kind != yaml.SequenceNode || i < 0 {
		return errLayout
	}
	var text string
	var ok bool
	if list.Style&yaml.FlowStyle != 0 {
		text, ok = t.removeFlow(list, i)
	} else {
		text, ok = t.removeBlock(keyNode(parent, key), list, i)
	}
	if !ok {
		return errLayout
	}
	list.Content = slices.Delete(list.Content, i, i+1)
	return d.become(text)
}

// replaceScalar writes another value in the place of a scalar.
func (d *Doc) replaceScalar(n *yaml.Node, text string) error {
	t := newLayout(d.text)
	from, to, ok := t.scalar(n)
	item, err := parseYAML([]byte(text))
	if !ok || err != nil {
		return errLayout
	}
	n.Value, n.Tag, n.Style = item.Value, item.Tag, item.Style
	return d.become(t.text[:from] + text + t.text[to:])
}

// listIndent is how far lists are indented below their field in this file.
func (d *Doc) listIndent() int {
	list := value(d.root, "streams")
	if list == nil || list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
		return 2
	}
	dash, ok := newLayout(d.text).dash(list.Content[0])
	if !ok {
		return 2
	}
	return max(0, dash.column-(keyNode(d.root, "streams").Column-1))
}

func keyNode(mapping *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i]
		}
	}
	return nil
}
