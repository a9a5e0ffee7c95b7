package chat

import (
	"slices"
	"strings"
	"unicode"
)

// A name is protected by its guises: the ways in which it, and what is drawn like
// it, can be read. Two names that share one look alike.

// titles add nothing to a name but weight.
var titles = []string{"the", "real", "official", "officiel", "oficial", "true", "host", "admin", "mod", "moderator", "owner", "team", "support", "staff", "shop", "store", "live", "tv"}

// Nicknames that say what only hosts and moderators are.
var offices = []string{"host", "admin", "administrator", "mod", "moderator", "hawker", "system"}

// protected are the guises of all names that no viewer may have.
func protected(host string) map[string]bool {
	all := guises(host)
	for _, office := range offices {
		all[office] = true
	}
	return all
}

// looksLike tells whether a name shares a guise with those.
func looksLike(name string, those map[string]bool) bool {
	for guise := range guises(name) {
		if those[guise] {
			return true
		}
	}
	return false
}

func guises(name string) map[string]bool {
	all := map[string]bool{}
	folded := fold(name)
	plain := strings.Join(untitled(words(folded)), " ")
	for _, way := range []string{folded, plain} {
		for _, base := range []string{way, strings.TrimFunc(way, notLetter)} { // lan2026
			for _, one := range []rune{'i', 'l'} { // 1 is read as either
				add(all, strings.ReplaceAll(base, "1", string(one)))
			}
		}
	}
	if strings.ContainsFunc(name, unicode.IsLower) { // IAN is no lan
		add(all, fold(asDrawn(name)))
	}
	return all
}

// asDrawn replaces what is drawn as a small l.
func asDrawn(name string) string {
	return strings.NewReplacer("I", "l", "|", "l", "1", "l", "Ӏ", "l", "І", "l", "Ι", "l").Replace(name)
}

// add takes in a guise, unless nothing of it is left.
func add(all map[string]bool, name string) {
	name = replaced(replaced(name, alike), leet)
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, name)
	name = strings.NewReplacer("rn", "m", "vv", "w").Replace(name)
	if name != "" {
		all[name] = true
	}
}

// untitled leaves titles out, unless there is nothing else.
func untitled(words []string) []string {
	rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(titles, w) })
	if len(rest) == 0 {
		return words
	}
	return rest
}

// words are the runs of letters and digits.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
