package chat

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes alike what people read alike: capitals and small letters, letters
// with and without marks, wide, styled and enclosed forms.
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		r = enclosed(r)
		if unicode.IsMark(r) || unicode.Is(unicode.Cf, r) || isBlank(r) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := plainLetters[r]; ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// enclosed is the letter within a sign for which Unicode has no decomposition.
func enclosed(r rune) rune {
	for _, first := range []rune{0x1f150, 0x1f170, 0x1f1e6} { // circled, squared, flags' letters
		if r >= first && r < first+26 {
			return 'a' + r - first
		}
	}
	return r
}

// plainLetters are letters with something in them that is no mark.
var plainLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ŋ': "n", 'ς': "σ",
	'ƀ': "b", 'ɓ': "b", 'ƈ': "c", 'ɗ': "d", 'ɛ': "e", 'ƒ': "f", 'ɠ': "g", 'ɡ': "g", 'ɨ': "i", 'ɩ': "i", 'ƙ': "k", 'ɲ': "n", 'ƥ': "p", 'ƭ': "t", 'ʋ': "v", 'ƴ': "y", 'ƶ': "z", 'ɑ': "a",
	'ᴀ': "a", 'ʙ': "b", 'ᴄ': "c", 'ᴅ': "d", 'ᴇ': "e", 'ꜰ': "f", 'ɢ': "g", 'ʜ': "h", 'ɪ': "i", 'ᴊ': "j", 'ᴋ': "k", 'ʟ': "l", 'ᴍ': "m", 'ɴ': "n", 'ᴏ': "o", 'ᴘ': "p", 'ʀ': "r", 'ꜱ': "s", 'ᴛ': "t", 'ᴜ': "u", 'ᴠ': "v", 'ᴡ': "w", 'ʏ': "y", 'ᴢ': "z",
}

// alike are letters of other alphabets that are drawn as Latin ones, as capitals
// or as small letters, by the form that fold gives them.
var alike = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'н': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l', 'м': 'm', 'п': 'n', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'г': 'r', 'ѕ': 's', 'т': 't', 'ц': 'u', 'ѵ': 'v', 'ԝ': 'w', 'ш': 'w', 'х': 'x', 'у': 'y', 'ү': 'y', 'ь': 'b',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w', 'γ': 'y', 'ζ': 'z', 'ϲ': 'c', 'ϳ': 'j',
	'օ': 'o', 'ո': 'n', 'ս': 'u', 'հ': 'h', 'ց': 'g', 'զ': 'q', 'ք': 'p',
}

// leet are digits and signs that are read as letters.
var leet = map[rune]rune{
	'0': 'o', '1': 'i', '2': 'z', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g',
	'@': 'a', '$': 's', '€': 'e', '£': 'l', '!': 'i', '|': 'l', '+': 't',
}

// replaced is text with those runes replaced that are in a table.
func replaced(text string, table map[rune]rune) string {
	return strings.Map(func(r rune) rune {
		if other, ok := table[r]; ok {
			return other
		}
		return r
	}, text)
}
