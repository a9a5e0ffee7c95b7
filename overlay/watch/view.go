package watch

import (
	"net/url"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/pages"
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
	T       int64         `json:"t"`
	Offers  []pages.Offer `json:"offers"`
	Banners []bannerView  `json:"banners"`
	// Over are offers that have just ended, and why.
	Over []overView `json:"over,omitempty"`
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
	v.Offers, v.Banners = make([]pages.Offer, 0, len(stage.Runs)), make([]bannerView, 0, len(stage.Banners))
	for i := range stage.Runs {
		r := &stage.Runs[i]
		v.Offers = append(v.Offers, pages.OfferOf(r, local(links.ShortLink(r.Offer.ID, onPage))))
		v.T = max(v.T, r.Media)
	}
	for _, b := range stage.Banners {
		v.Banners = append(v.Banners, bannerView{b.Revision, b.Banner.Text, b.Banner.URL, overlay.Millis(b.Ends)})
		v.T = max(v.T, b.Media)
	}
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
