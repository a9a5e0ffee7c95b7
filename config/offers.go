package config

import (
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"
)

// What an offers file may ask for at most; texts in characters, URLs in bytes.
const (
	MaxOffers    = 10_000
	MaxStock     = 1_000_000
	MaxTitle     = 100
	MaxText      = 120
	MaxCTA       = 30
	MaxLink      = 2000
	MaxOnAir     = 7 * 24 * time.Hour // of offers and banners
	MaxCountdown = 300 * time.Second
	MaxAfter     = 24 * time.Hour // of a step after going live
)

// Unlimited is the stock of an offer that does not run out.
const Unlimited = -1

// Disclosures are what a seller may be to what is offered: it is theirs, they
// earn a commission, or they are paid for showing it.
var Disclosures = []string{"own", "affiliate", "sponsored"}

// OffersFile is what is sold and when it is shown. Every step names an offer or
// a banner that is in it.
type OffersFile struct {
	Offers  []Offer
	Banners []Banner
	Shows   []Show
}

// Offer is something to buy. Only ID, Title, Price and URL are always
// given.
type Offer struct {
	// ID is unique among offers and banners and matches ^[a-z0-9][a-z0-9-]{0,63}$.
	ID string
	// Title is one line of at most MaxTitle characters.
	Title string
	// Price is what it costs now; CompareAt is what it cost before, zero if the
	// file does not say.
	Price, CompareAt Money
	// URL is where it is bought, http:// or https://.
	URL string
	// Image is an https:// URL, or the name of a file in the folder for images.
	Image string
	// CTA is what stands on the button, at most MaxCTA characters.
	CTA string
	// Stock is how many there are, 0 to MaxStock, or Unlimited.
	Stock int
	// Duration is how long it is on, up to MaxOnAir; 0 is until it is ended.
	Duration time.Duration
	// Countdown is how long before its start it is announced, 0 to MaxCountdown.
	Countdown time.Duration
	// Disclosure is one of Disclosures, or empty: then it cannot start yet.
	Disclosure string
}

// Money is an amount as it is written: digits, and after a point perhaps more
// of them. How many the currency has is not checked here.
type Money struct {
	Amount string
	// Currency has the shape of an ISO 4217 code: three capital letters.
	Currency string
}

// Banner is a text over the picture.
type Banner struct {
	// ID is as that of an offer.
	ID string
	// Text is one line of at most MaxText characters.
	Text string
	// URL is where it leads, http:// or https://; empty for nowhere.
	URL string
	// Duration is how long it is shown, up to MaxOnAir; 0 is until it is hidden.
	Duration time.Duration
}

// Show is what happens on a stream by itself. A stream has at most one.
type Show struct {
	Stream string
	// Steps are in the order of the file.
	Steps []Step
}

// Step starts an offer, shows a banner, or ends one of them.
type Step struct {
	// At is when, in UTC; zero if it is After that counts.
	At time.Time
	// After is how long after the stream has gone live, 0 to MaxAfter.
	After time.Duration
	// Offer, Banner or End is the id; the other two are empty.
	Offer, Banner, End string
}

// DecodeOffers reads an offers file in YAML, without knowing which streams there
// are. name serves for errors, which are Errors, all at once.
func DecodeOffers(name string, data []byte) (*OffersFile, error) {
	f, errs := decodeOffers(name, data, nil)
	if len(errs) > 0 {
		return nil, errs
	}
	return f, nil
}

// decodeOffers is DecodeOffers for shows of these streams; nil is any.
func decodeOffers(name string, data []byte, streams []string) (*OffersFile, Errors) {
	d := newOffersDecoder(name)
	d.streams = streams
	if root := d.document(data, "offers: []"); root != nil {
		d.all(root)
	}
	d.errs.sort()
	return &d.out, d.errs
}

func newOffersDecoder(name string) *offersDecoder {
	return &offersDecoder{
		decoder: decoder{file: name, dir: filepath.Dir(name), left: maxNodes},
		ids:     map[string]known{}, shows: map[string]int{},
	}
}

// offersFile reads the offers file that the configuration names at n, if any.
func (d *decoder) offersFile(path string, n *yaml.Node, c *Config) {
	if n == nil || d.failed(path) {
		return
	}
	data, ok := d.readFile(path, n, c.OffersFile)
	if !ok {
		return
	}
	offers, errs := decodeOffers(c.OffersFile, data, streamNames(c.Streams))
	c.Offers, d.others = offers, append(d.others, errs...)
}

// streamNames are the names of all streams; nil if some are not known, for a
// mistake that is told already.
func streamNames(streams []Stream) []string {
	names := []string{}
	for _, s := range streams {
		if s.Name == "" {
			return nil
		}
		names = append(names, s.Name)
	}
	return names
}
