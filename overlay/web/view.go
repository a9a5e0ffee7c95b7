package web

import (
	"strings"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/pages"
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
	pages.Offer
	// Phase is soon or on.
	Phase string `json:"phase"`
	// QR is the picture of the link, and Text what a viewer can type.
	QR   string `json:"qr"`
	Text string `json:"text"`
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
		v.Banners = append(v.Banners, bannerView{b.Revision, b.Banner.Text, overlay.Millis(b.Ends)})
	}
	return v
}

func (s *Server) offerView(set *settings, stream string, r *overlay.Run) offerView {
	id := r.Offer.ID
	v := offerView{
		Offer: pages.OfferOf(r, set.shortLink(id, onOverlay)), Phase: "on",
		QR: overlayPath(stream) + "/qr/" + id + ".svg?key=" + s.overlayKey(stream),
	}
	if !r.Started {
		v.Phase = "soon"
	}
	_, v.Text, _ = strings.Cut(set.shortLink(id, ""), "://")
	return v
}
