package web

import (
	"net/url"
	"strings"
)

// attributed adds parameters to a link's query. What is there stays as it is,
// byte for byte; a parameter that it has already is left to it; the fragment
// stays last.
func attributed(link string, params []Param, values *strings.Replacer) string {
	link, fragment, fragmented := strings.Cut(link, "#")
	base, query, _ := strings.Cut(link, "?")
	there := names(query)
	var b strings.Builder
	b.WriteString(link)
	separator := "?"
	switch {
	case query != "" && !strings.HasSuffix(query, "&"):
		separator = "&"
	case len(base) < len(link):
		separator = ""
	}
	for _, p := range params {
		value := values.Replace(p.Value)
		if value == "" || there[p.Name] {
			continue
		}
		b.WriteString(separator + url.QueryEscape(p.Name) + "=" + url.QueryEscape(value))
		there[p.Name], separator = true, "&"
	}
	if fragmented {
		b.WriteString("#" + fragment)
	}
	return b.String()
}

// names are the parameters of a query. One that is written wrongly is known by
// how it is written.
func names(query string) map[string]bool {
	found := map[string]bool{}
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		found[name] = true
	}
	return found
}
