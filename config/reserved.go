package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// reserved are what other addresses of viewers begin with than those of watch
// pages, or may one day. Whoever serves these knows, and this package imports
// nobody: a test of the program holds the lists against each other.
var reserved = []string{
	"api", "chat", "health", "healthz", "images", "metrics", "o", "overlay", "page",
	"ready", "readyz", "replay", "static", "watch",
}

// Reserved returns the names, in small letters, that no stream with a watch page
// may have, in whatever letters.
func Reserved() []string { return slices.Clone(reserved) }

// pageName is the name of a stream that wants a page.
type pageName struct {
	path, name string
	n          *yaml.Node
}

// checkPages refuses pages that have no address. It comes last, since public may
// stand after streams.
func (d *decoder) checkPages(public Public) {
	if public.Listen == "" {
		return
	}
	for _, p := range d.pages {
		if slices.Contains(reserved, strings.ToLower(p.name)) {
			d.fail(p.n, p.path, "no watch page can have this name, since other addresses begin with it: choose another, or write watch: false")
		}
	}
}
