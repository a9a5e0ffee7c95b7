package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// stepRef is where a step names an offer or a banner.
type stepRef struct {
	path string
	n    *yaml.Node
	id   string
	as   string // the field: offer, banner, or end for either
}

func (d *offersDecoder) show(path string, n *yaml.Node) {
	var s Show
	at := map[string]*yaml.Node{}
	d.mapping(path, n, keepAll(at, fields{
		"stream": d.showStream(&s.Stream),
		"steps": d.list(func(path string, n *yaml.Node) {
			s.Steps = append(s.Steps, d.step(path, n))
		}),
	}))
	d.needs(path, n, at, "stream: main")
	d.out.Shows = append(d.out.Shows, s)
}

// showStream reads the stream of a show, which must be there and have no other.
func (d *offersDecoder) showStream(to *string) field {
	return func(path string, n *yaml.Node) {
		d.name(to)(path, n)
		switch line := d.shows[*to]; {
		case *to == "":
		case d.streams != nil && !slices.Contains(d.streams, *to):
			d.fail(n, path, "there is no stream%s in the configuration%s", quote(*to), suggestion(*to, d.streams))
		case line > 0:
			d.fail(n, path, "the stream has a show on line %d already: put its steps there", line)
		default:
			d.shows[*to] = n.Line
		}
	}
}

func (d *offersDecoder) step(path string, n *yaml.Node) Step {
	var s Step
	at := map[string]*yaml.Node{}
	d.mapping(path, n, keepAll(at, fields{
		"at":     d.read(readMoment(&s)),
		"offer":  d.read(readID(&s.Offer)),
		"banner": d.read(readID(&s.Banner)),
		"end":    d.read(readID(&s.End)),
	}))
	d.needs(path, n, at, "at: +2m")
	if follow(n).Kind == yaml.MappingNode {
		d.refer(path, n, at, map[string]string{"offer": s.Offer, "banner": s.Banner, "end": s.End})
	}
	return s
}

// refer notes what a step names, which must be one thing.
func (d *offersDecoder) refer(path string, n *yaml.Node, at map[string]*yaml.Node, ids map[string]string) {
	var given []string
	for _, name := range []string{"offer", "banner", "end"} {
		if at[name] == nil {
			continue
		}
		given = append(given, name)
		if ids[name] != "" {
			d.refs = append(d.refs, stepRef{path: join(path, name), n: at[name], id: ids[name], as: name})
		}
	}
	if len(given) == 0 {
		d.fail(n, path, "does nothing: write offer: ID to start one, banner: ID to show one, or end: ID")
	}
	if len(given) > 1 {
		d.fail(at[given[1]], join(path, given[1]), "%s are both given: a step does one thing, so write two steps",
			strings.Join(given[:2], " and "))
	}
}

// readMoment reads when a step is due.
func readMoment(s *Step) reader {
	return func(text string) string {
		if strings.HasPrefix(text, "+") {
			return parseDuration(&s.After, text, MaxAfter)
		}
		if t, ok := moment(text); ok {
			s.At = t
			return ""
		}
		return momentFault(text)
	}
}

func momentFault(text string) string {
	if zoneless(text) {
		return zoneFault(text)
	}
	if _, err := time.ParseDuration(text); err == nil {
		return "needs a + before it to be the time after going live: write +2m"
	}
	return `must be the time after going live, such as +2m, or a moment, such as "2026-11-27 20:15:00+01:00"`
}

// resolve checks that there is what steps name.
func (d *offersDecoder) resolve() {
	names := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(d.ids)) {
		kind := d.ids[id].kind
		names[kind], names["end"] = append(names[kind], id), append(names["end"], id)
	}
	guesses := 20 // each takes some milliseconds where there are many offers
	for _, r := range d.refs {
		what := r.as
		if what == "end" {
			what = "offer or banner"
		}
		switch id, found := d.ids[r.id]; {
		case !found && guesses > 0:
			guesses--
			d.fail(r.n, r.path, "there is no %s %s in the file%s", what, r.id, idSuggestion(r.id, names[r.as]))
		case !found:
			d.fail(r.n, r.path, "there is no %s %s in the file", what, r.id)
		case r.as != "end" && r.as != id.kind:
			d.fail(r.n, r.path, "%s is %s: write %s: %s", r.id, id, id.kind, r.id)
		}
	}
}

// idSuggestion is suggestion for what may be many.
func idSuggestion(id string, known []string) string {
	const compared, listed = 300, 10
	if meant := closest(id, known[:min(len(known), compared)]); meant != "" {
		return ": did you mean " + meant + "?"
	}
	switch {
	case len(known) == 0:
		return ""
	case len(known) > listed:
		return fmt.Sprintf("; it has %s and %d more", strings.Join(known[:listed], ", "), len(known)-listed)
	}
	return "; it has " + strings.Join(known, ", ")
}
