package chat

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for name, tc := range map[string]struct {
		text, want string
		reason     Reason
	}{
		"plain":                     {"Is it hot?", "Is it hot?", ""},
		"trimmed":                   {"  yes\u00a0", "yes", ""},
		"composed":                  {"nu\u031bo\u031b\u0301c", "nước", ""},
		"markup is text":            {"<b>&amp;</b>", "<b>&amp;</b>", ""},
		"family":                    {"👩‍👩‍👧", "👩‍👩‍👧", ""},
		"heart":                     {"❤️", "❤️", ""},
		"persian joiner":            {"می\u200cخواهم", "می\u200cخواهم", ""},
		"300":                       {strings.Repeat("ộ", 300), strings.Repeat("ộ", 300), ""},
		"301":                       {strings.Repeat("ộ", 301), "", TooLong},
		"300 decomposed":            {strings.Repeat("o\u0323\u0302", 300), strings.Repeat("ộ", 300), ""},
		"empty":                     {"", "", Malformed},
		"spaces":                    {" \u2003 ", "", Malformed},
		"joiners alone":             {"\u200d\u200d", "", Malformed},
		"blank braille":             {"\u2800", "", Malformed},
		"two lines":                 {"a\nb", "", Malformed},
		"line separator":            {"a\u2028b", "", Malformed},
		"NUL":                       {"a\x00b", "", Malformed},
		"escape":                    {"\x1b[31m", "", Malformed},
		"override of the direction": {"\u202egnp.exe", "", Malformed},
		"isolate":                   {"\u2066a", "", Malformed},
		"mark of the direction":     {"a\u200fb", "", Malformed},
		"soft hyphen":               {"a\u00adb", "", Malformed},
		"private use":               {"\ue000", "", Malformed},
		"no character":              {"\ufffe", "", Malformed},
		"tower of marks":            {"a" + strings.Repeat("\u0336", 5), "", Malformed},
		"broken bytes":              {"a\xff", "", Malformed},
		"megabyte":                  {strings.Repeat("a", 1<<20), "", Malformed},
	} {
		got, err := CleanText(tc.text)
		if got != tc.want || reason(err) != tc.reason {
			t.Errorf("%s: %q, %v; want %q, %s", name, got, err, tc.want, tc.reason)
		}
	}
}

func TestNickname(t *testing.T) {
	for name, tc := range map[string]struct {
		name   string
		reason Reason
	}{
		"plain":                {"Ana", ""},
		"vietnamese":           {"Nguyễn Thị Ánh", ""},
		"japanese and latin":   {"はなちゃん Hana", ""},
		"cyrillic":             {"Ольга", ""},
		"two words, alphabets": {"Olga Ольга", ""},
		"emoji":                {"🌶 Ana", ""},
		"24":                   {strings.Repeat("ä", 24), ""},
		"25":                   {strings.Repeat("ä", 25), TooLong},
		"empty":                {" ", Malformed},
		"invisible space":      {"La\u200bn", Malformed},
		"joiner":               {"La\u200dn", Malformed},
		"filler":               {"\u3164", Malformed},
		"override":             {"\u202enaL", Malformed},
		"mixed word":           {"L\u0430n", Name},
		"mixed greek":          {"\u039fscar", Name},
	} {
		if _, err := CleanNickname(tc.name); reason(err) != tc.reason {
			t.Errorf("%s: %v, want %s", name, err, tc.reason)
		}
	}
}

func TestHostsNameIsProtected(t *testing.T) {
	for host, cases := range map[string]map[string]bool{
		"Lan": {
			"Lan": true, "lan": true, "LAN": true, "Làn": true, "Ｌａｎ": true, "𝕷𝖆𝖓": true, "ⓛⓐⓝ": true, "🅻🅰🅽": true, "🇱🇦🇳": true, "ʟᴀɴ": true,
			"L a n": true, "L.a.n": true, "_Lan_": true, "Lan!": true, "Lan1": true, "Lan2026": true, "L4n": true, "1an": true, "|an": true, "Ian": true, "lаn": true, "Łan": true,
			"Lan Official": true, "the real Lan": true, "Lan (host)": true, "Lan 🌶": true, "ӏап": true,
			"Lana": false, "Alan": false, "Lan Anh": false, "Nal": false, "Ana": false, "IAN": false,
		},
		"Сосо":       {"Coco": true, "COCO": true, "C0C0": true, "Kiki": false},
		"Lily's":     {"LiIy's": true, "Lilys": true, "L1ly s": true, "Iily's": true, "Lily": false},
		"Mai Corner": {"mai comer": true, "MaiCorner": true, "Mai": false},
		"阿蘭":         {"阿蘭": true, "阿蘭 official": true, "阿香": false},
		"777":        {"777": true, "７７７": true, "77": false, "seven": false},
	} {
		those := protected(host)
		for name, want := range cases {
			if looksLike(name, those) != want {
				t.Errorf("host %s, nickname %s: alike %v, want %v", host, name, !want, want)
			}
		}
	}
	for _, office := range []string{"Host", "MODERATOR", "M0d", "аdmin"} {
		if !looksLike(office, protected("Lan")) {
			t.Errorf("a viewer may be %s", office)
		}
	}
}

func TestBlockedWords(t *testing.T) {
	f, err := newFilter([]string{"Scam", "đồ ngốc", "free  money", "ass", "詐欺", "cock-up"})
	must(t, err)
	for text, want := range map[string]bool{
		"a scam": true, "SCAM!": true, "scàm": true, "5c4m": true, "sc@m!!": true, "$cam": true, "ｓｃａｍ": true, "s.c.a.m": true, "s c a m": true, "s-c-a-m now": true, "ѕсаm": true,
		"do ngoc": true, "Đồ ngốc!": true, "free money": true, "FREE, money": true, "这是詐欺吗": true, "cock up": true,
		"class": false, "scams": false, "scamper": false, "free the money": false, "5 000": false, "a s": false, "": false, "💥": false, "$ 45": false, "455": false,
	} {
		if f.finds(text) != want {
			t.Errorf("%q: found %v, want %v", text, !want, want)
		}
	}
	for _, bad := range [][]string{{"!!"}, {""}, {strings.Repeat("a", 51)}, {"a\xff"}, make([]string, 1001)} {
		if _, err := newFilter(bad); err == nil {
			t.Errorf("%.40q is a list", bad)
		}
	}
}

// A name that is taken has nothing in it that cannot be seen, and a host of any
// name is safe from it in other letters.
func FuzzNickname(f *testing.F) {
	for _, s := range []string{"Ana", "L\u0430n", "la\u200bn", "𝕷𝖆𝖓", "🇱🇦🇳", "\xff", "a\u0301", "ﷺ", "rn", "1l|I", "777"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := CleanNickname(s)
		if err != nil {
			if reason(err) == "" {
				t.Fatalf("%v has no reason", err)
			}
			return
		}
		if n := utf8.RuneCountInString(name); n == 0 || n > MaxNickname || !utf8.ValidString(name) {
			t.Fatalf("%q", name)
		}
		for _, r := range name {
			if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q has U+%04X", name, r)
			}
		}
		again, err := CleanNickname(name)
		if err != nil || again != name {
			t.Fatalf("%q cleaned again is %q, %v", name, again, err)
		}
		those := protected(name)
		for _, guise := range []string{name, strings.ToUpper(name), strings.ToLower(name), fold(name), "_" + name + "_"} {
			if len(guises(name)) > 0 && !looksLike(guise, those) {
				t.Fatalf("%q is not taken for %q", guise, name)
			}
		}
	})
}

// A word that is blocked is found in any company.
func FuzzBlockedWords(f *testing.F) {
	f.Add("scam", "this is a", "!")
	f.Add("5c4m", "", "")
	f.Add("詐欺", "这是", "吗")
	f.Add("a b", "x", "y")
	f.Fuzz(func(t *testing.T, word, before, after string) {
		list, err := newFilter([]string{word})
		if err != nil {
			return
		}
		list.finds(before)
		if text := before + " , " + word + " , " + after; utf8.ValidString(text) && !list.finds(text) {
			t.Fatalf("%q is not found in %q", word, text)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("hello")
	f.Add("a\u202eb")
	f.Add("o\u0323\u0302")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := CleanText(s)
		if err != nil {
			return
		}
		if again, err := CleanText(text); err != nil || again != text {
			t.Fatalf("%q cleaned again is %q, %v", text, again, err)
		}
		if n := utf8.RuneCountInString(text); n > MaxText || strings.ContainsAny(text, "\r\n\x00\u2028\u202e") {
			t.Fatalf("%q", text)
		}
	})
}
