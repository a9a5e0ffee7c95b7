package overlay

import "time"

// MaxBannerText is in characters.
const MaxBannerText = 120

// Banner is a line of text that is shown for a while.
type Banner struct {
	// ID is a slug, as that of an offer.
	ID string `json:"id"`
	// Text is 1 to MaxBannerText characters.
	Text string `json:"text"`
	// URL is where it leads; empty for nowhere.
	URL string `json:"url,omitempty"`
	// Duration is how long it is shown, up to MaxDuration; 0 is until it is
	// hidden.
	Duration time.Duration `json:"-"`
	// Source is who keeps it.
	Source Source `json:"source,omitempty"`
}

// Validate reports everything that is wrong with the banner.
func (b *Banner) Validate() error {
	w := wrongs{what: "banner " + b.ID}
	w.check("id", CheckID(b.ID))
	w.check("text", checkText(b.Text, 1, MaxBannerText))
	if b.URL != "" {
		w.check("url", CheckURL(b.URL))
	}
	w.check("duration", checkSpan(b.Duration, MaxDuration))
	return w.err()
}
