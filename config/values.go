package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// scalar returns the text of n as it is written, whatever YAML takes it for:
// a key of digits is a text all the same. It is false after an error.
func (d *decoder) scalar(path string, n *yaml.Node) (string, bool) {
	n = follow(n)
	if !d.spend(n, path) {
		return "", false
	}
	switch {
	case empty(n):
		d.fail(n, path, "has no value (a text that begins with # or ! needs quotes)")
	case n.Kind != yaml.ScalarNode:
		d.fail(n, path, "must be a single value, not a list or fields")
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, path, "YAML tags are not used here; a text that begins with ! needs quotes")
	default:
		return n.Value, true
	}
	return "", false
}

// text reads a scalar in which ${NAME} has no meaning.
func (d *decoder) text(to *string) field {
	return func(path string, n *yaml.Node) {
		text, ok := d.scalar(path, n)
		if ok && strings.Contains(text, "${") {
			d.fail(n, path, "${NAME} is replaced in keys and in the URL of a database only")
			ok = false
		}
		if ok {
			*to = text
		}
	}
}

func (d *decoder) flag(to *bool) field {
	return func(path string, n *yaml.Node) {
		text, ok := d.scalar(path, n)
		switch {
		case ok && text == "true":
			*to = true
		case ok && text == "false":
			*to = false
		case ok:
			d.fail(n, path, "must be true or false")
		}
	}
}

// choice reads one of a few words.
func (d *decoder) choice(to *string, among []string) field {
	return func(path string, n *yaml.Node) {
		text, ok := d.scalar(path, n)
		switch {
		case !ok:
		case slices.Contains(among, text):
			*to = text
		default:
			d.fail(n, path, "must be one of %s", strings.Join(among, ", "))
		}
	}
}

// words reads a list of some of a few words, each once. A single word need be no
// list.
func (d *decoder) words(to *[]string, among []string) field {
	one := func(path string, n *yaml.Node) {
		var word string
		d.choice(&word, among)(path, n)
		if word != "" && slices.Contains(*to, word) {
			d.fail(n, path, "%s is given already", word)
		} else if word != "" {
			*to = append(*to, word)
		}
	}
	return func(path string, n *yaml.Node) {
		if n := follow(n); n.Kind == yaml.ScalarNode && !empty(n) {
			one(path, n)
			return
		}
		d.list(one)(path, n)
	}
}

func (d *decoder) duration(to *time.Duration, most time.Duration) field {
	return func(path string, n *yaml.Node) {
		text, ok := d.scalar(path, n)
		if !ok {
			return
		}
		if fault := parseDuration(to, text, most); fault != "" {
			d.fail(n, path, "%s", fault)
		}
	}
}

// parseDuration sets a duration from 0 to most, or says what is wrong.
func parseDuration(to *time.Duration, text string, most time.Duration) (fault string) {
	v, fault := durationOf(text)
	switch {
	case fault != "":
		return fault
	case v < 0 || v > most:
		return "must be between 0s and " + short(most)
	}
	*to = v
	return ""
}

// durationOf reads any duration, or says what is wrong.
func durationOf(text string) (v time.Duration, fault string) {
	v, err := time.ParseDuration(text)
	_, notNumber := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && notNumber == nil:
		return 0, "needs a unit: write 10s, 500ms or 2m"
	case err != nil:
		return 0, "is not a duration: write 10s, 500ms or 2m"
	}
	return v, ""
}

// short writes 30m0s as 30m, and 24h0m0s as 24h.
func short(v time.Duration) string {
	text := strings.TrimSuffix(v.String(), "0s")
	if strings.HasSuffix(text, "m") {
		if hours, whole := strings.CutSuffix(text, "h0m"); whole {
			return hours + "h"
		}
		return text
	}
	return v.String()
}

// path reads a path and makes it start at the file's folder.
func (d *decoder) path(to *string) field {
	return func(path string, n *yaml.Node) {
		text := "."
		d.text(&text)(path, n)
		if text == "" {
			d.fail(n, path, "must name a file or folder")
			return
		}
		*to = d.abs(text)
	}
}

func (d *decoder) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.dir, path)
}
