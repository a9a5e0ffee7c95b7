package overlay

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What an offer may hold.
const (
	// MaxTitle and MaxCTA are in characters.
	MaxTitle = 100
	MaxCTA   = 30
	// MaxStock is in pieces.
	MaxStock = 1_000_000
	// MaxDuration is how long an offer may run when it has an end.
	MaxDuration = 7 * 24 * time.Hour
	// MaxCountdown is how long before its start an offer may be announced.
	MaxCountdown = 300 * time.Second
	// MaxOffers is how many there may be.
	MaxOffers = 10_000
)

// DefaultCTA is what a viewer is called to when the offer does not say.
const DefaultCTA = "Buy now"

// Disclosure tells viewers whose goods these are. An offer cannot start before
// the host has decided.
type Disclosure string

// The decisions.
const (
	// Own goods: the host is the seller.
	Own Disclosure = "own"
	// Affiliate: the host earns a share of what is sold.
	Affiliate Disclosure = "affiliate"
	// Sponsored: somebody pays the host to show this.
	Sponsored Disclosure = "sponsored"
)

// Ad tells whether viewers must be told that this is advertising for others.
func (d Disclosure) Ad() bool { return d == Affiliate || d == Sponsored }

// Source says where an offer or banner is kept, and so where it can be changed.
type Source string

// The sources.
const (
	FromAPI  Source = "api"
	FromFile Source = "file"
)

// Offer is something for sale.
type Offer struct {
	// ID is a slug, ^[a-z0-9][a-z0-9-]{0,63}$: it stands in short links.
	ID string `json:"id"`
	// Title is 1 to MaxTitle characters.
	Title string `json:"title"`
	// Price is what it costs now.
	Price Money `json:"price"`
	// CompareAt is the price that it is compared with, struck through: more than
	// Price, in its currency. Nil for none.
	CompareAt *Money `json:"compare_at,omitempty"`
	// URL is the page in the store.
	URL string `json:"url"`
	// Image is a picture: a link, or the name of a file among the images. Empty
	// for none.
	Image string `json:"image,omitempty"`
	// CTA is the call to action, up to MaxCTA characters; empty is DefaultCTA.
	CTA string `json:"cta,omitempty"`
	// Stock is how many are left, 0 to MaxStock; nil is unlimited. At 0 the
	// offer ends.
	Stock *int64 `json:"stock,omitempty"`
	// Listed is the stock that the file of offers gives; nil for offers that are
	// not in it. While the file says the same, Stock is what counts.
	Listed *int64 `json:"listed_stock,omitempty"`
	// Duration is how long the offer runs, up to MaxDuration; 0 is until it is
	// ended.
	Duration time.Duration `json:"-"`
	// Countdown is how long before its start it is announced, up to
	// MaxCountdown.
	Countdown time.Duration `json:"-"`
	// Disclosure may be empty until the offer starts.
	Disclosure Disclosure `json:"disclosure,omitempty"`
	// Source is who keeps it.
	Source Source `json:"source,omitempty"`
}

// Action is the call to action.
func (o *Offer) Action() string { return cmp.Or(o.CTA, DefaultCTA) }

// SoldOut tells whether nothing is left.
func (o *Offer) SoldOut() bool { return o.Stock != nil && *o.Stock <= 0 }

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// CheckID tells whether id may name an offer or a banner.
func CheckID(id string) error {
	if slug.MatchString(id) {
		return nil
	}
	return errors.New("must be 1 to 64 of a-z, 0-9 and -, and begin with a letter or digit")
}

// Validate reports everything that is wrong with the offer. A disclosure may be
// missing.
func (o *Offer) Validate() error {
	w := wrongs{what: "offer " + o.ID}
	w.check("id", CheckID(o.ID))
	w.check("title", checkText(o.Title, 1, MaxTitle))
	w.check("cta", checkText(o.CTA, 0, MaxCTA))
	w.check("url", CheckURL(o.URL))
	w.check("price", checkMoney(o.Price))
	if c := o.CompareAt; c != nil {
		w.check("compare_at", checkCompareAt(*c, o.Price))
	}
	w.check("image", checkImage(o.Image))
	w.check("stock", checkStock(o.Stock))
	w.check("duration", checkSpan(o.Duration, MaxDuration))
	w.check("countdown", checkSpan(o.Countdown, MaxCountdown))
	w.check("disclosure", checkDisclosure(o.Disclosure))
	return w.err()
}

func checkMoney(m Money) error {
	if !knownCurrency(m.Currency) {
		return errors.New("needs a currency of ISO 4217: write 12.50 EUR")
	}
	if m.Amount < 0 || m.Amount > MaxAmount {
		return fmt.Errorf("must be from 0 to %s", Money{MaxAmount, m.Currency})
	}
	return nil
}

func checkCompareAt(c, price Money) error {
	if c.Currency != price.Currency {
		return fmt.Errorf("is in %s, and the price in %s: both must be in one currency", c.Currency, price.Currency)
	}
	if c.Amount <= price.Amount {
		return errors.New("must be more than the price: it is what the price is compared with")
	}
	return checkMoney(c)
}

func checkImage(image string) error {
	if image == "" || CheckURL(image) == nil {
		return nil
	}
	if len(image) > 200 || image != filepath.Base(image) || !filepath.IsLocal(image) || strings.ContainsFunc(image, notInURL) || image[0] == '.' ||
		strings.ContainsAny(image, "/:%?#") {
		return errors.New("must be a link that starts with https://, or the name of a file in the folder of images, such as honey.jpg")
	}
	return nil
}

func checkStock(n *int64) error {
	if n != nil && (*n < 0 || *n > MaxStock) {
		return fmt.Errorf("must be from 0 to %d, or left out for unlimited", MaxStock)
	}
	return nil
}

func checkSpan(d, most time.Duration) error {
	if d < 0 || d > most || d > 0 && d < time.Millisecond {
		return fmt.Errorf("must be 0s, or from 1ms to %v", most)
	}
	return nil
}

func checkDisclosure(d Disclosure) error {
	switch d {
	case "", Own, Affiliate, Sponsored:
		return nil
	}
	return fmt.Errorf("%q is not one of own, affiliate, sponsored", string(d))
}

// checkText counts characters, and refuses what has no place in one line.
func checkText(text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not valid UTF-8")
	case n < least || least > 0 && !strings.ContainsFunc(text, visible):
		return errors.New("is missing")
	case n > most:
		return fmt.Errorf("has %d characters, and may have %d", n, most)
	case strings.ContainsFunc(text, unprintable):
		return errors.New("has a character that cannot be shown, such as a line break")
	}
	return nil
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// unprintable finds controls, line breaks, and the marks that turn the direction
// of writing, which can make a text read other than it is. Joiners, which emoji
// and scripts need, are let through.
func unprintable(r rune) bool {
	switch {
	case r == '\u200c', r == '\u200d':
		return false
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return !unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r)
}
