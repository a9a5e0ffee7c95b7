package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// view is a stage as the page shows it. Times are Unix milliseconds of this
// machine's clock.
type view struct {
	// Version is that of the page that goes with it.
	Version string       `json:"version"`
	Now     int64        `json:"now"`
	Offers  []offerView  `json:"offers"`
	Banners []bannerView `json:"banners"`
	// Ended are those that have just left, and why.
	Ended []endedView `json:"ended,omitempty"`
}

type offerView struct {
	Run uint64 `json:"run"`
	ID  string `json:"id"`
	// Phase is soon or on.
	Phase  string `json:"phase"`
	Starts int64  `json:"starts"`
	// Ends is 0 for until somebody ends it.
	Ends      int64  `json:"ends"`
	Title     string `json:"title"`
	Price     int64  `json:"price"` // minor units, as CompareAt, which is 0 for none
	CompareAt int64  `json:"compare_at,omitempty"`
	Currency  string `json:"currency"`
	Digits    int    `json:"digits"` // decimals of the currency
	Image     string `json:"image,omitempty"`
	CTA       string `json:"cta,omitempty"` // empty for the page's own words
	// Link is what the code says, Text what a viewer can type.
	Link       string             `json:"link"`
	Text       string             `json:"text"`
	QR         string             `json:"qr"`
	Stock      *int64             `json:"stock,omitempty"`
	Disclosure overlay.Disclosure `json:"disclosure"`
}

type bannerView struct {
	Run  uint64 `json:"run"`
	Text string `json:"text"`
	Ends int64  `json:"ends"`
}

type endedView struct {
	Run    uint64 `json:"run"`
	Reason string `json:"reason"`
}

// place of the links in the code that the overlay shows: all platforms show the
// same picture.
const onOverlay = "overlay"

// viewOf builds the view of a stage.
func (s *Server) viewOf(set *settings, stream string, stage overlay.Stage) view {
	v := view{Version: set.version, Offers: []offerView{}, Banners: []bannerView{}}
	for i := range stage.Runs {
		v.Offers = append(v.Offers, s.offerView(set, stream, &stage.Runs[i]))
	}
	for _, b := range stage.Banners {
		v.Banners = append(v.Banners, bannerView{b.Revision, b.Banner.Text, millis(b.Ends)})
	}
	return v
}

func (s *Server) offerView(set *settings, stream string, r *overlay.Run) offerView {
	o := &r.Offer
	v := offerView{
		Run: r.ID, ID: o.ID, Phase: "on", Starts: millis(r.Starts), Ends: millis(r.Ends),
		Title: o.Title, CTA: o.CTA, Stock: o.Stock, Disclosure: o.Disclosure,
		Price: o.Price.Amount, Currency: o.Price.Currency, Digits: overlay.MinorDigits(o.Price.Currency),
		Image: imageURL(o.Image), Link: set.shortLink(o.ID, onOverlay),
		QR: overlayPath(stream) + "/qr/" + o.ID + ".svg?key=" + s.overlayKey(stream),
	}
	if !r.Started {
		v.Phase = "soon"
	}
	if o.CompareAt != nil {
		v.CompareAt = o.CompareAt.Amount
	}
	_, v.Text, _ = strings.Cut(set.shortLink(o.ID, ""), "://")
	return v
}

func imageURL(image string) string {
	if image == "" || overlay.CheckURL(image) == nil {
		return image
	}
	return "/images/" + url.PathEscape(image)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
