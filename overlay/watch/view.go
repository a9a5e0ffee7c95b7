package watch

import (
	"net/url"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// view is what a page shows. Times are Unix milliseconds of this machine's
// clock, except T.
type view struct {
	// Page is the version of the page that goes with it.
	Page string `json:"page"`
	// Session is another one whenever a broadcast, or the program, has begun
	// anew: what was known of the stream's time is void then.
	Session string `json:"session"`
	// Since is when the broadcast began; 0 when nothing is on.
	Since int64 `json:"since,omitempty"`
	// Ended is when the last broadcast ended; 0 when that is not known.
	Ended int64 `json:"ended,omitempty"`
	// Next is when the next show begins; 0 when that is not known.
	Next int64 `json:"next,omitempty"`
	// T is the stream's own time from which on this holds, in milliseconds.
	T       int64        `json:"t"`
	Offers  []offerView  `json:"offers"`
	Banners []bannerView `json:"banners"`
	// Over are offers that have just ended, and why.
	Over []overView `json:"over,omitempty"`
}

type offerView struct {
	Run    uint64 `json:"run"`
	ID     string `json:"id"`
	Starts int64  `json:"starts"`
	// Ends is 0 for until somebody ends it.
	Ends       int64              `json:"ends,omitempty"`
	Title      string             `json:"title"`
	Price      int64              `json:"price"` // minor units, as CompareAt, which is 0 for none
	CompareAt  int64              `json:"compare_at,omitempty"`
	Currency   string             `json:"currency"`
	Digits     int                `json:"digits"` // decimals of the currency
	Image      string             `json:"image,omitempty"`
	CTA        string             `json:"cta,omitempty"` // empty for the page's own words
	Link       string             `json:"link"`
	Stock      *int64             `json:"stock,omitempty"`
	Disclosure overlay.Disclosure `json:"disclosure"`
}

type bannerView struct {
	Run  uint64 `json:"run"`
	Text string `json:"text"`
	Link string `json:"link,omitempty"`
	Ends int64  `json:"ends,omitempty"`
}

type overView struct {
	Run    uint64 `json:"run"`
	Reason string `json:"reason"`
}

// onPage is the destination of links on this page.
const onPage = "watch"

// stageView fills in what runs.
func (v *view) stageView(stage *overlay.Stage, links Links) {
	v.Offers, v.Banners = make([]offerView, 0, len(stage.Runs)), make([]bannerView, 0, len(stage.Banners))
	for i := range stage.Runs {
		v.Offers = append(v.Offers, viewOffer(&stage.Runs[i], links))
		v.T = max(v.T, stage.Runs[i].Media)
	}
	for _, b := range stage.Banners {
		v.Banners = append(v.Banners, bannerView{b.Revision, b.Banner.Text, b.Banner.URL, millis(b.Ends)})
		v.T = max(v.T, b.Media)
	}
}

func viewOffer(r *overlay.Run, links Links) offerView {
	o := &r.Offer
	v := offerView{
		Run: r.ID, ID: o.ID, Starts: millis(r.Starts), Ends: millis(r.Ends), Title: o.Title, CTA: o.CTA,
		Price: o.Price.Amount, Currency: o.Price.Currency, Digits: overlay.MinorDigits(o.Price.Currency),
		Image: picture(o.Image), Link: local(links.ShortLink(o.ID, onPage)), Stock: o.Stock, Disclosure: o.Disclosure,
	}
	if o.CompareAt != nil {
		v.CompareAt = o.CompareAt.Amount
	}
	return v
}

// local is a short link without its host: the page stands beside what it leads
// to, under whatever name the viewer has come.
func local(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.RequestURI()
}

// picture is where the picture of an offer, or a logo, is.
func picture(name string) string {
	if name == "" || overlay.CheckURL(name) == nil {
		return name
	}
	return "/images/" + url.PathEscape(name)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
