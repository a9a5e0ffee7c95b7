package config

import (
	"regexp"
	"strings"
)

// closest returns the known word that was probably meant, or "".
func closest(word string, known []string) string {
	word = strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(word))
	best, least := "", max(2, len(word)/3)+1
	for _, k := range known {
		plain := strings.ReplaceAll(k, "-", "_")
		if len(word) >= 3 && (strings.HasPrefix(plain, word) || strings.HasPrefix(word, plain)) {
			return k
		}
		if d := distance(word, plain); d < least && d < len(plain) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b. Long words are cut: they are no typing slips.
func distance(a, b string) int {
	const longest = 64
	a, b = a[:min(len(a), longest)], b[:min(len(b), longest)]
	var rows [longest + 1][longest + 1]int
	for i := range len(a) + 1 {
		for j := range len(b) + 1 {
			rows[i][j] = step(&rows, a, b, i, j)
		}
	}
	return rows[len(a)][len(b)]
}

func step(rows *[65][65]int, a, b string, i, j int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	cost := 1
	if a[i-1] == b[j-1] {
		cost = 0
	}
	d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		d = min(d, rows[i-2][j-2]+1)
	}
	return d
}

// word is what may be repeated in an error: a key that was typed where a word
// belongs has digits or is longer.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,19}$`)

// quote returns the text in quotes with a space before it, or nothing if the
// text may be a secret.
func quote(text string) string {
	if !word.MatchString(text) {
		return ""
	}
	return ` "` + text + `"`
}

// suggestion ends an error about an unknown word.
func suggestion(text string, known []string) string {
	if meant := closest(text, known); meant != "" {
		return ": did you mean " + meant + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "; known here: " + strings.Join(known, ", ")
}
