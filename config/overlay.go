package config

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// DefaultImages is the folder for pictures within the data folder.
const DefaultImages = "images"

// What an overlay may have at most.
const (
	MaxCSS    = 256 << 10 // bytes of style sheet
	MaxParams = 32        // attribution parameters
	MaxParam  = 200       // bytes of the template of one
)

// Placeholders are what a template of attribution may hold, within {}: the names
// of the destination that a viewer came by, of the offer and of the stream.
var Placeholders = []string{"destination", "offer", "stream"}

// Overlay is how what is sold looks and where its links lead.
type Overlay struct {
	// CSS is a style sheet of up to MaxCSS bytes; empty for none.
	CSS string
	// CSSFile is the path it was read from; empty without one.
	CSSFile string
	// Images is the folder for pictures of offers. It need not exist.
	Images string
	// Attribution is what is added to the links of offers, in the order of the
	// file: nil if the file does not say, empty but not nil if it says {}.
	Attribution []Param
}

// Param is a query parameter.
type Param struct {
	// Name matches ^[A-Za-z0-9_.-]{1,64}$ and is unique.
	Name string
	// Value is a template of at most MaxParam bytes with any of Placeholders.
	Value string
}

func (d *decoder) overlay(to *Overlay) field {
	return func(path string, n *yaml.Node) {
		d.mapping(path, n, fields{
			"css":         d.styleSheet(to),
			"images":      d.folder(&to.Images),
			"attribution": d.attribution(&to.Attribution),
		})
	}
}

func (d *decoder) styleSheet(to *Overlay) field {
	return func(path string, n *yaml.Node) {
		d.path(&to.CSSFile)(path, n)
		if d.failed(path) {
			return
		}
		data, ok := d.readFile(path, n, to.CSSFile)
		switch {
		case !ok:
		case len(data) > MaxCSS:
			d.fail(n, path, "the file is larger than %d KiB, which viewers should not have to wait for", MaxCSS>>10)
		case !utf8.Valid(data):
			d.fail(n, path, "the file is not text in UTF-8")
		default:
			to.CSS = strings.TrimPrefix(string(data), "\ufeff")
		}
	}
}

// folder reads the path of a folder that need not be there yet.
func (d *decoder) folder(to *string) field {
	return func(path string, n *yaml.Node) {
		d.path(to)(path, n)
		if d.failed(path) {
			return
		}
		if info, err := os.Stat(*to); err == nil && !info.IsDir() {
			d.fail(n, path, "is not a folder")
		}
	}
}

// attribution reads names and templates, whose order counts.
func (d *decoder) attribution(to *[]Param) field {
	return func(path string, n *yaml.Node) {
		n = follow(n)
		switch {
		case empty(n) && d.spend(n, path):
			return
		case n.Kind != yaml.MappingNode:
			d.fail(n, path, `must hold fields, such as utm_source: "{destination}"`)
			return
		case len(n.Content) > 2*MaxParams:
			d.fail(n, path, "has more than %d parameters", MaxParams)
			return
		}
		*to = []Param{}
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content) && d.spend(n, path); i += 2 {
			if p, ok := d.param(path, n.Content[i], n.Content[i+1], seen); ok {
				*to = append(*to, p)
			}
		}
	}
}

var (
	paramName   = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	placeholder = regexp.MustCompile(`\{(` + strings.Join(Placeholders, "|") + `)\}`)
)

func (d *decoder) param(path string, name, value *yaml.Node, seen map[string]int) (Param, bool) {
	at := join(path, name.Value)
	switch {
	case name.Kind != yaml.ScalarNode || !paramName.MatchString(name.Value):
		d.fail(name, path, "the name of a parameter must be 1 to 64 letters, digits, _, . or - (A-Z, a-z, 0-9)")
		return Param{}, false
	case seen[name.Value] > 0:
		d.fail(name, at, "given twice: it is on line %d already", seen[name.Value])
		return Param{}, false
	}
	seen[name.Value] = name.Line
	if follow(value).Kind == yaml.MappingNode {
		d.fail(value, at, `must be a text; one that begins with { needs quotes: "{destination}"`)
		return Param{}, false
	}
	p := Param{Name: name.Value}
	d.text(&p.Value)(at, value)
	if d.failed(at) {
		return p, false
	}
	fault := templateFault(p.Value)
	if fault != "" {
		d.fail(value, at, "%s", fault)
	}
	return p, fault == ""
}

// templateFault says what is wrong with a template, or nothing.
func templateFault(text string) string {
	switch {
	case text == "":
		return "is empty: leave the parameter out"
	case len(text) > MaxParam:
		return fmt.Sprintf("is longer than %d bytes", MaxParam)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "has a line break or another invisible character within"
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
		return "what is within {} must be one of " + strings.Join(Placeholders, ", ")
	}
	return ""
}
