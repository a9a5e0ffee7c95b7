package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestAttributed(t *testing.T) {
	values := strings.NewReplacer("{offer}", "honey", "{destination}", "youtube", "{stream}", "")
	source := Param{"utm_source", "{destination}"}
	for name, c := range map[string]struct {
		link   string
		params []Param
		want   string
	}{
		"no parameters":         {"https://a.example/?x=%zz#f", nil, "https://a.example/?x=%zz#f"},
		"no query":              {"https://a.example/p", []Param{source}, "https://a.example/p?utm_source=youtube"},
		"no path":               {"https://a.example", []Param{source}, "https://a.example?utm_source=youtube"},
		"a query":               {"https://a.example/?b=%41+1", []Param{source}, "https://a.example/?b=%41+1&utm_source=youtube"},
		"an empty query":        {"https://a.example/?", []Param{source}, "https://a.example/?utm_source=youtube"},
		"an open query":         {"https://a.example/?b=1&", []Param{source}, "https://a.example/?b=1&utm_source=youtube"},
		"a fragment":            {"https://a.example/#x?y", []Param{source}, "https://a.example/?utm_source=youtube#x?y"},
		"an empty fragment":     {"https://a.example/?b#", []Param{source}, "https://a.example/?b&utm_source=youtube#"},
		"there already":         {"https://a.example/?utm_source=shop", []Param{source}, "https://a.example/?utm_source=shop"},
		"there, written oddly":  {"https://a.example/?utm%5fsource", []Param{source}, "https://a.example/?utm%5fsource"},
		"twice in the settings": {"https://a.example/", []Param{source, {"utm_source", "x"}}, "https://a.example/?utm_source=youtube"},
		"nothing to say":        {"https://a.example/", []Param{{"s", "{stream}"}}, "https://a.example/"},
		"two":                   {"https://a.example/", []Param{source, {"c", "a {offer}&b=#"}}, "https://a.example/?utm_source=youtube&c=a+honey%26b%3D%23"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := attributed(c.link, c.params, values); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What was there stays, byte for byte; what is added is read as it was meant.
func FuzzAttributed(f *testing.F) {
	f.Add("https://a.example/?b=1&c#d", "utm_source", "live {offer}")
	f.Add("https://a.example?", "a&b", "=#?%")
	f.Add("https://a.example/?%zz;=&&#", "%zz", "")
	f.Fuzz(func(t *testing.T, link, name, value string) {
		got := attributed(link, []Param{{name, value}}, strings.NewReplacer("{offer}", "honey"))
		value = strings.ReplaceAll(value, "{offer}", "honey")
		before, fragment, _ := strings.Cut(link, "#")
		rest, kept := strings.CutPrefix(got, before)
		if !kept {
			t.Fatalf("%q has become %q", link, got)
		}
		added, last := rest, ""
		if strings.Contains(link, "#") {
			if added, kept = strings.CutSuffix(rest, "#"+fragment); !kept {
				t.Fatalf("%q has become %q", link, got)
			}
			last = "#" + fragment
		}
		if added == "" {
			return
		}
		if strings.ContainsAny(added, "# \r\n") || before+added+last != got {
			t.Fatalf("%q is added to %q", added, link)
		}
		read, err := url.ParseQuery(strings.TrimLeft(added, "?&"))
		if err != nil || !slices.Equal(read[name], []string{value}) || len(read) != 1 {
			t.Errorf("%q=%q is added as %q: %v", name, value, added, err)
		}
	})
}
