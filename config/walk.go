package config

import (
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// maxNodes bounds how many nodes are read, aliases followed: a small file of
// aliases to aliases can name billions.
const maxNodes = 100_000

// decoder walks the nodes of a file and collects what is wrong.
type decoder struct {
	file, dir string
	opts      Options
	errs      Errors
	others    Errors // those of files that this one names
	files     []string
	pages     []pageName
	wordLists map[string][]string // of files that were read
	left      int                 // nodes that may still be read
}

// field reads the value of one field; path names it.
type field func(path string, n *yaml.Node)

type fields map[string]field

// maxErrors is how many errors are told; a file with more is not a
// configuration, and nobody reads on.
const maxErrors = 1000

// fail notes an error at n, or at the file's beginning if n is nil.
func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	if len(d.errs) == maxErrors {
		d.left = 0
		return
	}
	e := Error{File: d.file, Line: 1, Column: 1, Path: path, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Line, e.Column = n.Line, n.Column
	}
	d.errs = append(d.errs, e)
}

// spend counts a node; it is false once too many were read.
func (d *decoder) spend(n *yaml.Node, path string) bool {
	if d.left--; d.left == 0 {
		d.fail(n, path, "too many entries: %d at most, those of aliases included", maxNodes)
	}
	return d.left > 0
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for range 8 { // an alias of an alias cannot be written; this is a guard
		if n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// mapping reads n by its fields. A mapping without a value has none.
func (d *decoder) mapping(path string, n *yaml.Node, known fields) {
	n = follow(n)
	if !d.spend(n, path) || empty(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, path, "must hold fields, such as %s: ...", slices.Sorted(maps.Keys(known))[0])
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && d.spend(n, path); i += 2 {
		d.entry(path, n.Content[i], n.Content[i+1], known, seen)
	}
}

func (d *decoder) entry(path string, key, value *yaml.Node, known fields, seen map[string]int) {
	read, ok := known[key.Value]
	switch {
	case key.Kind != yaml.ScalarNode:
		d.fail(key, path, "a field's name must be a word")
	case key.ShortTag() == "!!merge":
		d.fail(key, path, "merge keys (<<) are not supported: write the fields out")
	case !ok:
		names := slices.Sorted(maps.Keys(known))
		d.fail(key, path, "unknown field%s%s", quote(key.Value), suggestion(key.Value, names))
	case seen[key.Value] > 0:
		d.fail(key, join(path, key.Value), "given twice: it is on line %d already", seen[key.Value])
	default:
		seen[key.Value] = key.Line
		read(join(path, key.Value), value)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// list reads each item of a sequence. Without a value it has none.
func (d *decoder) list(item field) field {
	return func(path string, n *yaml.Node) {
		n = follow(n)
		if !d.spend(n, path) || empty(n) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			d.fail(n, path, "must be a list: lines that begin with -, or []")
			return
		}
		for i, one := range n.Content {
			if d.left <= 0 {
				return
			}
			item(fmt.Sprintf("%s[%d]", path, i), one)
		}
	}
}

// keep notes where a field is, for checks that come later.
func keep(to **yaml.Node, read field) field {
	return func(path string, n *yaml.Node) {
		*to = n
		read(path, n)
	}
}
