package pages

import (
	"net/url"

	"github.com/hawker-live/hawker/overlay"
)

// Offer is an offer that runs, as pages show it. Times are Unix milliseconds of
// this machine's clock, prices in minor units.
type Offer struct {
	Run    uint64 `json:"run"`
	ID     string `json:"id"`
	Starts int64  `json:"starts"`
	// Ends is 0 for until somebody ends it.
	Ends  int64  `json:"ends,omitempty"`
	Title string `json:"title"`
	Price int64  `json:"price"`
	// CompareAt is 0 for none.
	CompareAt int64  `json:"compare_at,omitempty"`
	Currency  string `json:"currency"`
	Digits    int    `json:"digits"` // decimals of the currency
	Image     string `json:"image,omitempty"`
	CTA       string `json:"cta,omitempty"` // empty for the page's own words
	// Link leads to the store, by way of the count of clicks.
	Link       string             `json:"link"`
	Stock      *int64             `json:"stock,omitempty"`
	Disclosure overlay.Disclosure `json:"disclosure"`
}

// OfferOf is what is shown of a run whose link is this.
func OfferOf(r *overlay.Run, link string) Offer {
	o := &r.Offer
	out := Offer{
		Run: r.ID, ID: o.ID, Starts: overlay.Millis(r.Starts), Ends: overlay.Millis(r.Ends), Title: o.Title, CTA: o.CTA,
		Price: o.Price.Amount, Currency: o.Price.Currency, Digits: overlay.MinorDigits(o.Price.Currency),
		Image: Picture(o.Image), Link: link, Stock: o.Stock, Disclosure: o.Disclosure,
	}
	if o.CompareAt != nil {
		out.CompareAt = o.CompareAt.Amount
	}
	return out
}

// Picture is where a page finds a picture that is a link, or the name of a file
// among the images; empty for none.
func Picture(name string) string {
	if name == "" || overlay.CheckURL(name) == nil {
		return name
	}
	return "/images/" + url.PathEscape(name)
}
