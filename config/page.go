package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// What a watch page may have at most; texts in characters.
const (
	MaxPageTitle   = 100
	MaxDescription = 1000
	MaxOrigins     = 50
)

// Page is what viewers see of a stream besides its picture.
type Page struct {
	// Watch says whether there is a watch page: true unless the file says
	// otherwise.
	Watch bool
	// Title is one line of at most MaxPageTitle characters; empty for none.
	Title string
	// Description has at most MaxDescription characters, and line breaks that
	// count; empty for none.
	Description string
	// Lang is the language of title, description and offers, a BCP 47 tag such as
	// pt-BR; empty is English.
	Lang string
	// Poster is shown while nothing is on: an https:// URL, or the name of a file
	// in the folder for images; empty for none.
	Poster string
	// StartsAt is when the next show begins, in UTC; zero if the file does not
	// say. It may be over.
	StartsAt time.Time
	// EmbedOrigins are at most MaxOrigins sites that may have the page in a frame,
	// each once, as https://shop.example.com: or * alone, for all.
	EmbedOrigins []string
}

// pageFields are those fields of a stream that are about its page.
func (d *decoder) pageFields(to *Page) fields {
	to.Watch = true
	return fields{
		"watch":         d.flag(&to.Watch),
		"title":         d.read(readLine(&to.Title, MaxPageTitle)),
		"description":   d.read(readLines(&to.Description, MaxDescription)),
		"lang":          d.read(readLanguage(&to.Lang)),
		"poster":        d.read(readImage(&to.Poster)),
		"starts_at":     d.read(readStart(&to.StartsAt)),
		"embed_origins": d.atMost(MaxOrigins, d.list(d.origin(&to.EmbedOrigins))),
	}
}

// readLines is readLine for a text whose line breaks count.
func readLines(to *string, most int) reader {
	return func(text string) string {
		text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		switch {
		case text == "":
			return "is empty"
		case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && breaks(r) }):
			return "has a control character within: write lines of plain text"
		case utf8.RuneCountInString(text) > most:
			return fmt.Sprintf("is longer than %d characters", most)
		}
		*to = text
		return ""
	}
}

var languageShape = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,7}$`)

func readLanguage(to *string) reader {
	return func(text string) string {
		if !languageShape.MatchString(text) {
			return "must be the short name of a language, such as de, pt-BR or zh-Hant"
		}
		*to = text
		return ""
	}
}

func readStart(to *time.Time) reader {
	return func(text string) string {
		t, ok := moment(text)
		switch {
		case ok:
			*to = t
			return ""
		case zoneless(text):
			return zoneFault(text)
		}
		return `must be a day and a time with the offset from UTC, such as "2026-11-27 20:00:00+01:00"`
	}
}

// origin reads a site, as browsers name it.
func (d *decoder) origin(to *[]string) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		if d.failed(path) {
			return
		}
		site, fault := siteOf(text)
		switch {
		case fault != "":
			d.fail(n, path, "%s", fault)
		case slices.Contains(*to, site):
			d.fail(n, path, "is given already")
		case len(*to) > 0 && (site == "*" || (*to)[0] == "*"):
			d.fail(n, path, `"*" is all sites: leave the others out, or it`)
		default:
			*to = append(*to, site)
		}
	}
}

// siteOf checks a site, and writes it as browsers do.
func siteOf(text string) (site, fault string) {
	const example = "https://shop.example.com"
	switch {
	case text == "*":
		return text, ""
	case strings.Contains(text, "*"):
		return "", `has a * within: name each site, such as ` + example + `, or write "*" for all`
	}
	u, fault := webURL(text, MaxLink, example)
	switch {
	case fault != "":
		return "", fault
	case strings.ContainsAny(text, "?#") || u.Path != "" && u.Path != "/":
		return "", "must end with the host: write " + example
	case !listenHost(u.Hostname()) || strings.Contains(u.Host, "%"):
		return "", "has a host that is neither a name nor an address; names in other letters than a to z are written xn--..."
	}
	return (&url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}).String(), ""
}
