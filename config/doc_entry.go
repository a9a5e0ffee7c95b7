package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

// Dest is a destination to add. Fields that are zero are left out; the checks
// that follow every edit say which ones are needed.
type Dest struct {
	Name, Platform, URL string
	// Key may be ${NAME}, which stands for the environment variable.
	Key secret.Secret
	// KeyFile is a path, relative to the configuration's folder or absolute.
	KeyFile string
	// Disabled adds it switched off.
	Disabled bool
	Delay    time.Duration
	CAFile   string
}

func (dest Dest) entry() entry {
	var e entry
	e.add("name", dest.Name)
	e.add("platform", dest.Platform)
	e.add("url", dest.URL)
	e.add("key", dest.Key.Reveal())
	e.add("key_file", dest.KeyFile)
	if dest.Disabled {
		e.raw("enabled", "false")
	}
	if dest.Delay != 0 {
		e.raw("delay", short(dest.Delay))
	}
	e.add("ca_file", dest.CAFile)
	return e
}

// entry is a new item of a list: fields in order, with values as YAML.
type entry []struct{ name, value string }

// add adds a text, unless it is empty. Bytes that are no text stay as they
// are, for node to refuse.
func (e *entry) add(name, text string) {
	switch {
	case !utf8.ValidString(text):
		e.raw(name, text)
	case text != "":
		e.raw(name, quoted(text))
	}
}

func (e *entry) raw(name, yaml string) {
	*e = append(*e, struct{ name, value string }{name, yaml})
}

// flow is the entry as {name: value, ...}.
func (e entry) flow() string {
	parts := make([]string, len(e))
	for i, f := range e {
		parts[i] = f.name + ": " + f.value
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// item is the entry as an item of a block list whose dashes stand after
// indent, in lines that end with eol.
func (e entry) item(indent, eol string, oneLine bool) string {
	if oneLine {
		return indent + "- " + e.flow() + eol
	}
	var b strings.Builder
	for i, f := range e {
		lead := "  "
		if i == 0 {
			lead = "- "
		}
		b.WriteString(indent + lead + f.name + ": " + f.value + eol)
	}
	return b.String()
}

// node is the entry as YAML reads it.
func (e entry) node() (*yaml.Node, error) {
	if !utf8.ValidString(e.flow()) {
		return nil, errEncoding
	}
	return parseYAML([]byte(e.flow()))
}

// plain is text that needs no quotes, in block and flow style alike.
var plain = regexp.MustCompile(`^[A-Za-z0-9/_.][A-Za-z0-9/_.:-]*[A-Za-z0-9/_]$|^[A-Za-z0-9]$`)

// quoted writes text as a YAML scalar that reads as the same text, and not as
// a number, a date or the like.
func quoted(text string) string {
	if plain.MatchString(text) {
		if n, err := parseYAML([]byte(text)); err == nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
			return text
		}
	}
	return strconv.Quote(text) // its escapes are YAML's too
}
