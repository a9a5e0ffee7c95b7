package watch

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hawker-live/hawker/overlay"
)

// Settings can change while the server runs.
type Settings struct {
	// URL is the server's own as viewers reach it, for the previews that others
	// make of a page; empty leaves them without a picture.
	URL   string
	Brand Brand
	// Streams are those that have a page.
	Streams []Stream
}

// Brand is how the pages look. Nothing of it is required.
type Brand struct {
	// Name of the shop or the host, up to 60 characters.
	Name string
	// Logo is a link, or the name of a file among the images.
	Logo string
	// Accent is the colour of buttons and Header that of the strip on top:
	// #rgb or #rrggbb. What is written on them is black or white, whichever is
	// easier to read.
	Accent, Header string
	// Links lead to the store, to imprint and privacy policy, and to the same
	// seller elsewhere; up to 12.
	Links []Link
}

// Link is a text of up to 40 characters that leads somewhere.
type Link struct{ Text, URL string }

// Stream is the page of one stream. Only Name is required.
type Stream struct {
	Name string
	// Title has up to 100 characters and Description up to 1000, in which line
	// breaks count.
	Title, Description string
	// Lang is the language of Title, Description and offers, such as pt-BR; empty
	// is English, which is that of the page.
	Lang string
	// Poster is shown while nothing is on: a link, or the name of a file among
	// the images.
	Poster string
	// StartsAt is when the next show begins.
	StartsAt time.Time
	// EmbedOrigins are the sites whose pages may have this one in a frame, such
	// as https://shop.example.com; * is all.
	EmbedOrigins []string
	// Chat tells whether there is one: the part chat.
	Chat bool
	// Replay tells whether viewers can see earlier shows, which needs
	// Config.Replays.
	Replay bool
	// Retention tells viewers what is kept of the chat, and for how long; the page
	// says it after what this package itself keeps.
	Retention string
}

// reserved are first segments of paths that belong to others, or may one day.
var reserved = []string{"api", "chat", "health", "healthz", "images", "metrics", "o", "overlay", "page", "ready", "readyz", "replay", "static", "watch"}

// Reserved are the names that no stream with a page can have.
func Reserved() []string { return slices.Clone(reserved) }

// The longest of each, in characters.
const (
	maxBrand       = 60
	maxTitle       = 100
	maxDescription = 1000
	maxLinkText    = 40
	maxLinks       = 12
	maxOrigins     = 50
)

var (
	streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	language   = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	colour     = regexp.MustCompile(`^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)
)

// Check returns everything that is wrong with the settings.
func (s *Settings) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.URL != "" && overlay.CheckURL(s.URL) != nil {
		wrong("public URL %q: write https:// and the host", s.URL)
	}
	errs = append(errs, s.Brand.check())
	seen := map[string]bool{}
	for i := range s.Streams {
		stream := &s.Streams[i]
		if seen[stream.Name] {
			wrong("stream %q has two pages", stream.Name)
		}
		seen[stream.Name] = true
		if err := stream.check(); err != nil {
			wrong("stream %q: %w", stream.Name, err)
		}
	}
	return errors.Join(errs...)
}

func (b *Brand) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("brand: "+format, args...)) }
	if utf8.RuneCountInString(b.Name) > maxBrand {
		wrong("the name has more than %d characters", maxBrand)
	}
	if !isPicture(b.Logo) {
		wrong("logo %q: write a link that starts with https://, or the name of a file in the folder of images", b.Logo)
	}
	for _, c := range []string{b.Accent, b.Header} {
		if c != "" && !colour.MatchString(c) {
			wrong("colour %q: write it as #d9134a", c)
		}
	}
	if len(b.Links) > maxLinks {
		wrong("there are more than %d links", maxLinks)
	}
	for _, l := range b.Links {
		if l.Text == "" || utf8.RuneCountInString(l.Text) > maxLinkText {
			wrong("link %q: its text must have 1 to %d characters", l.Text, maxLinkText)
		}
		if err := overlay.CheckURL(l.URL); err != nil {
			wrong("link %q: its URL %w", l.Text, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Stream) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !streamName.MatchString(s.Name) {
		wrong("a name is 1 to 64 of A-Z a-z 0-9 _ -")
	}
	if slices.Contains(reserved, strings.ToLower(s.Name)) {
		wrong("no page can have this name, since other addresses begin with it: choose another, or have no page for it")
	}
	if utf8.RuneCountInString(s.Title) > maxTitle || utf8.RuneCountInString(s.Description) > maxDescription {
		wrong("a title has up to %d characters, and a description %d", maxTitle, maxDescription)
	}
	if s.Lang != "" && !language.MatchString(s.Lang) {
		wrong("language %q: write it as de or pt-BR", s.Lang)
	}
	if !isPicture(s.Poster) {
		wrong("poster %q: write a link that starts with https://, or the name of a file in the folder of images", s.Poster)
	}
	if len(s.EmbedOrigins) > maxOrigins {
		wrong("there are more than %d sites that may embed it", maxOrigins)
	}
	for _, o := range s.EmbedOrigins {
		if !isOrigin(o) {
			wrong("embed origin %q: write https:// and the host, such as https://shop.example.com, or * for all", o)
		}
	}
	return errors.Join(errs...)
}

// isPicture tells whether a picture can be shown: none, a link, or a file's name.
func isPicture(name string) bool {
	if name == "" || overlay.CheckURL(name) == nil {
		return true
	}
	return len(name) <= 200 && name == filepath.Base(name) && filepath.IsLocal(name) && name[0] != '.' && !strings.ContainsAny(name, `/:\%?#`+"\x00")
}

// isOrigin tells whether a site can stand in a policy: what is no origin there
// could be more than one, or another directive.
func isOrigin(o string) bool {
	if o == "*" {
		return true
	}
	u, err := url.Parse(o)
	return err == nil && overlay.CheckURL(o) == nil && u.Path == "" && u.RawQuery == "" && !strings.ContainsAny(o, ",;?#'*")
}
