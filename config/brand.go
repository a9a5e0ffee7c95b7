package config

import (
	"regexp"

	"gopkg.in/yaml.v3"
)

// What the brand may have at most; texts in characters.
const (
	MaxBrandName = 60
	MaxBrandText = 40 // of a link
	MaxLinks     = 12
)

// Brand is how pages for viewers look. Nothing of it is always given.
type Brand struct {
	// Name of the shop or the host, one line of at most MaxBrandName characters.
	Name string
	// Logo is an https:// URL, or the name of a file in the folder for images.
	Logo string
	// Accent is the colour of buttons and Header that of the strip on top, both
	// #rgb or #rrggbb.
	Accent, Header string
	// Links are at most MaxLinks, in the order of the file.
	Links []Link
}

// Link is a text of at most MaxBrandText characters and where it leads, http://
// or https://.
type Link struct{ Text, URL string }

func (d *decoder) brand(to *Brand) field {
	return func(path string, n *yaml.Node) {
		d.mapping(path, n, fields{
			"name":   d.read(readLine(&to.Name, MaxBrandName)),
			"logo":   d.read(readImage(&to.Logo)),
			"accent": d.read(readColour(&to.Accent)),
			"header": d.read(readColour(&to.Header)),
			"links":  d.atMost(MaxLinks, d.list(d.link(&to.Links))),
		})
	}
}

func (d *decoder) link(to *[]Link) field {
	return func(path string, n *yaml.Node) {
		var l Link
		at := map[string]*yaml.Node{}
		d.mapping(path, n, keepAll(at, fields{
			"text": d.read(readLine(&l.Text, MaxBrandText)),
			"url":  d.read(readLink(&l.URL)),
		}))
		d.needs(path, n, at, "text: Shop", "url: https://...")
		*to = append(*to, l)
	}
}

// atMost reads a list that must not be longer.
func (d *decoder) atMost(most int, list field) field {
	return func(path string, n *yaml.Node) {
		if items := follow(n); items.Kind == yaml.SequenceNode && len(items.Content) > most {
			d.fail(n, path, "has more than %d entries", most)
			return
		}
		list(path, n)
	}
}

var colourShape = regexp.MustCompile(`^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)

func readColour(to *string) reader {
	return func(text string) string {
		if !colourShape.MatchString(text) {
			return `must be a colour, # and 6 or 3 of 0-9 and a-f, in quotes: write "#c2410c"`
		}
		*to = text
		return ""
	}
}
