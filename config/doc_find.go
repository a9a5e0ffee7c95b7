package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

func (d *Doc) stream(name string) (*yaml.Node, error) {
	return named("the file", "stream", value(d.root, "streams"), name)
}

func (d *Doc) destination(stream, name string) (*yaml.Node, error) {
	s, err := d.stream(stream)
	if err != nil {
		return nil, err
	}
	return named("stream "+stream, "destination", value(s, "destinations"), name)
}

// named finds an entry of a list by its name.
func named(where, kind string, list *yaml.Node, name string) (*yaml.Node, error) {
	var known []string
	if list != nil {
		for _, item := range follow(list).Content {
			n := value(follow(item), "name")
			if n != nil && follow(n).Value == name {
				return item, nil
			}
			if n != nil {
				known = append(known, follow(n).Value)
			}
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("%s has no %s %s: it has none", where, kind, name)
	}
	return nil, fmt.Errorf("%s has no %s %s: it has %s", where, kind, name, strings.Join(known, ", "))
}

// value returns a field's value, or nil.
func value(mapping *yaml.Node, name string) *yaml.Node {
	mapping = follow(mapping)
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}
