package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

// Doc is the text of a configuration while Edit changes it. Each method
// changes the text or returns an error and leaves it alone. Names that are
// unknown are an error that lists the known ones.
type Doc struct {
	text []byte
	root *yaml.Node
}

// ErrKeyElsewhere says that a key is not written in the file itself, but in an
// environment variable or a key file (see WriteKeyFile).
var ErrKeyElsewhere = errors.New("the key is not in the configuration file")

var errLayout = errors.New("the file is laid out in a way that cannot be edited safely here: edit it by hand")

var errEncoding = errors.New("a name, key or URL is not UTF-8 text: copy it again")

func newDoc(text []byte) (*Doc, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	if root.Kind != yaml.MappingNode || oddBreaks(string(text)) {
		return nil, errLayout
	}
	return &Doc{text: text, root: root}, nil
}

// oddBreaks reports whether YAML begins lines where a layout does not.
func oddBreaks(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), "\r") || strings.ContainsAny(text, "\u0085\u2028\u2029")
}

// AddStream adds a stream without destinations. A key may be ${NAME}, which
// stands for the environment variable.
func (d *Doc) AddStream(name string, key secret.Secret) error {
	if _, err := d.stream(name); err == nil {
		return fmt.Errorf("there is a stream %s already", name)
	}
	e := entry{}
	e.add("name", name)
	e.add("key", key.Reveal())
	e.raw("destinations", "[]")
	return d.append(d.root, "streams", e)
}

// RemoveStream removes a stream, its destinations, and the comments within.
// Comments above it stay: they may be about more than it.
func (d *Doc) RemoveStream(name string) error {
	s, err := d.stream(name)
	if err != nil {
		return err
	}
	return d.remove(d.root, "streams", s)
}

// SetStreamKey replaces a key that is written in the file; for others it
// returns ErrKeyElsewhere.
func (d *Doc) SetStreamKey(name string, key secret.Secret) error {
	s, err := d.stream(name)
	if err != nil {
		return err
	}
	if value(s, "key") == nil && value(s, "key_file") == nil {
		return fmt.Errorf("stream %s has no key", name)
	}
	return d.setKey(s, name, "key", key)
}

// SetBackupKey is SetStreamKey for the key of a backup encoder, which a stream
// may not have yet.
func (d *Doc) SetBackupKey(name string, key secret.Secret) error {
	s, err := d.stream(name)
	if err != nil {
		return err
	}
	return d.setKey(s, name, "backup_key", key)
}

func (d *Doc) setKey(s *yaml.Node, name, field string, key secret.Secret) error {
	old := value(s, field)
	switch {
	case value(s, field+"_file") != nil:
		return fmt.Errorf("stream %s: %w: it is in its %s_file", name, ErrKeyElsewhere, field)
	case !utf8.ValidString(key.Reveal()):
		return errEncoding
	case old == nil:
		return d.addField(s, field, quoted(key.Reveal()))
	case strings.Contains(follow(old).Value, "${"):
		return fmt.Errorf("stream %s: %w: it is in an environment variable", name, ErrKeyElsewhere)
	}
	return d.replaceScalar(old, quoted(key.Reveal()))
}

// AddDestination adds a destination to a stream.
func (d *Doc) AddDestination(stream string, dest Dest) error {
	s, err := d.stream(stream)
	if err != nil {
		return err
	}
	if _, err := d.destination(stream, dest.Name); err == nil {
		return fmt.Errorf("stream %s has a destination %s already", stream, dest.Name)
	}
	return d.append(s, "destinations", dest.entry())
}

// RemoveDestination removes a destination from a stream, with the comments
// within it. Comments above it stay: they may be about more than it.
func (d *Doc) RemoveDestination(stream, name string) error {
	dest, err := d.destination(stream, name)
	if err != nil {
		return err
	}
	s, err := d.stream(stream)
	if err != nil {
		return err
	}
	return d.remove(s, "destinations", dest)
}

// SetDestinationEnabled switches a destination on or off.
func (d *Doc) SetDestinationEnabled(stream, name string, enabled bool) error {
	dest, err := d.destination(stream, name)
	if err != nil {
		return err
	}
	old := value(dest, "enabled")
	if old == nil && enabled { // it is by default
		return nil
	}
	text := fmt.Sprint(enabled)
	if old == nil {
		return d.addField(dest, "enabled", text)
	}
	if follow(old).Value == text {
		return nil
	}
	return d.replaceScalar(old, text)
}

// become takes text over if it reads as the tree in d.root, which the caller
// has changed as it means the text to be changed; else both stay as they were.
func (d *Doc) become(text string) error {
	root, err := parseYAML([]byte(text))
	if err != nil || digest(root) != digest(d.root) {
		before, parseErr := parseYAML(d.text)
		d.root = before
		return errors.Join(errLayout, parseErr)
	}
	d.text, d.root = []byte(text), root
	return nil
}

// digest is the meaning of a tree, without styles, comments and places. An
// alias is the number of the node it stands for: an anchor may be given twice,
// and the removal of one would turn its aliases to the other.
func digest(root *yaml.Node) string {
	var b strings.Builder
	numbers := map[*yaml.Node]int{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		numbers[n] = len(numbers) + 1
		tag := ""
		if n.Kind == yaml.ScalarNode {
			tag = n.ShortTag()
		}
		fmt.Fprintf(&b, "(%d %s %q %q %d", n.Kind, tag, n.Value, n.Anchor, numbers[n.Alias])
		for _, c := range n.Content {
			walk(c)
		}
		b.WriteByte(')')
	}
	walk(root)
	return b.String()
}
