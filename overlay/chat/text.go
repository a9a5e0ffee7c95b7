package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits, in characters.
const (
	MaxText     = 300
	MaxNickname = 24
)

// maxMarks is how many marks may stand on one letter: more of them would climb
// into the neighbours' lines.
const maxMarks = 4

// CleanText returns what is shown of a message's text, or why it is not taken.
func CleanText(text string) (string, error) {
	clean, err := cleaned(text, "message", MaxText, false)
	if err != nil {
		return "", err
	}
	return clean, nil
}

// CleanNickname returns what is shown of a nickname, or why it is not taken. Whose
// name it is, is not looked at.
func CleanNickname(name string) (string, error) {
	clean, err := cleaned(name, "nickname", MaxNickname, true)
	if err != nil {
		return "", err
	}
	if mixesAlphabets(clean) {
		return "", refuse(Name, "Please write your nickname in one alphabet.")
	}
	return clean, nil
}

// cleaned is text without space around it, in the composed form of its characters.
func cleaned(text, what string, most int, strict bool) (string, *Refusal) {
	// A character has 4 bytes at most, and its decomposed form some more of them.
	if !utf8.ValidString(text) || len(text) > 16*most {
		return "", refuse(Malformed, "The %s is not text, or much too long.", what)
	}
	text = strings.TrimSpace(norm.NFC.String(text))
	if r, bad := badRune(text, strict); bad {
		return "", refuse(Malformed, "The %s has a character that it may not have (U+%04X). Write it on one line, without invisible signs.", what, r)
	}
	if !visible(text) {
		return "", refuse(Malformed, "The %s is empty.", what)
	}
	if n := utf8.RuneCountInString(text); n > most {
		return "", refuse(TooLong, "The %s has %d characters, and may have %d.", what, n, most)
	}
	return text, nil
}

// badRune finds what may not be in a line. Strict is for names, which must not
// have anything that cannot be seen.
func badRune(text string, strict bool) (rune, bool) {
	marks := 0
	for _, r := range text {
		if unicode.Is(unicode.Mn, r) && !isVariation(r) || unicode.Is(unicode.Me, r) {
			marks++
		} else {
			marks = 0
		}
		if marks > maxMarks || isHidden(r, strict) {
			return r, true
		}
	}
	return 0, false
}

// isVariation tells whether r says in which style the character before is drawn.
func isVariation(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f }

// isHidden tells whether r is something that is not drawn, but does something, or
// something of which nobody knows how it is drawn.
func isHidden(r rune, strict bool) bool {
	switch {
	case r == '\u200c' || r == '\u200d': // joiners: of emojis, and of scripts that need them
		return strict
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe: // no characters at all
		return true
	case r == '\u2028' || r == '\u2029', unicode.Is(unicode.Co, r), unicode.IsControl(r):
		return true
	case isBlank(r):
		return strict
	}
	return unicode.Is(unicode.Cf, r) // overrides of the direction are some of these
}

// isBlank tells whether r is drawn as nothing, though it is not space.
func isBlank(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return r >= 0x180b && r <= 0x180f || r >= 0xe0100 && r <= 0xe01ef
}

// visible tells whether there is anything to be seen.
func visible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) && !isBlank(r) || r > 0x1f000
	})
}

// mixesAlphabets tells whether a word has letters of alphabets whose letters look
// alike.
func mixesAlphabets(name string) bool {
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		used := 0
		for _, alphabet := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Coptic, unicode.Cherokee} {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(alphabet, r) }) {
				used++
			}
		}
		if used > 1 {
			return true
		}
	}
	return false
}
