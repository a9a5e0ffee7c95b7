package chat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of the list of blocked words.
const (
	MaxWords = 1000
	MaxWord  = 50 // characters
)

// filter finds blocked words. A word is found as a whole word: "ass" is not in
// "class". Capitals, marks, styled letters and digits that are read as letters
// make no difference, nor do signs between single letters. In scripts that put no
// space between words it is found anywhere.
type filter struct {
	whole   map[string]bool // words, with a space between those of a phrase
	longest int             // words in a phrase
	within  []string
}

// newFilter checks a list and makes its filter.
func newFilter(list []string) (*filter, error) {
	if len(list) > MaxWords {
		return nil, fmt.Errorf("the list has %d words, and may have %d", len(list), MaxWords)
	}
	f := &filter{whole: map[string]bool{}}
	for _, entry := range list {
		if !utf8.ValidString(entry) || utf8.RuneCountInString(entry) > MaxWord {
			return nil, fmt.Errorf("blocked word %.60q: it may have %d characters", entry, MaxWord)
		}
		parts := words(fold(entry))
		if len(parts) == 0 {
			return nil, fmt.Errorf("blocked word %q: it has no letter or digit", entry)
		}
		phrase := strings.Join(parts, " ")
		if strings.ContainsFunc(phrase, isUnspaced) {
			f.within = append(f.within, phrase)
			continue
		}
		f.whole[phrase] = true
		f.longest = max(f.longest, len(parts))
	}
	return f, nil
}

// isUnspaced tells whether r is of a script that puts no space between words.
func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// finds tells whether a text has a blocked word.
func (f *filter) finds(text string) bool {
	if len(f.whole)+len(f.within) == 0 {
		return false
	}
	folded := fold(text)
	for _, way := range []string{folded, replaced(folded, alike), spelt(folded)} {
		parts := words(way)
		if f.findsWhole(parts) || f.findsWhole(joined(parts)) || f.findsWithin(strings.Join(parts, " ")) {
			return true
		}
	}
	return false
}

// spelt reads digits and signs as letters in words that have letters: a price is
// no word.
func spelt(text string) string {
	parts := strings.Fields(text)
	for i, part := range parts {
		if strings.ContainsFunc(part, unicode.IsLetter) {
			// What ends a sentence is no letter, and what begins one neither.
			core := strings.Trim(part, "!|+.,;:?\"'()")
			parts[i] = replaced(replaced(core, alike), leet)
		}
	}
	return strings.Join(parts, " ")
}

func (f *filter) findsWhole(parts []string) bool {
	for i := range parts {
		for n := 1; n <= f.longest && i+n <= len(parts); n++ {
			if f.whole[strings.Join(parts[i:i+n], " ")] {
				return true
			}
		}
	}
	return false
}

func (f *filter) findsWithin(text string) bool {
	for _, word := range f.within {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// joined puts letters that stand alone together: l i k e  t.h.i.s
func joined(parts []string) []string {
	var out []string
	alone := false
	for _, part := range parts {
		single := utf8.RuneCountInString(part) == 1
		if single && alone {
			out[len(out)-1] += part
		} else {
			out = append(out, part)
		}
		alone = single
	}
	return out
}
