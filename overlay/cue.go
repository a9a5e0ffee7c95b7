package overlay

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxCue is the size of the largest cue, in bytes of JSON.
const MaxCue = 1000

// Cue is what viewers' programs are told of one change, or of what runs: one
// JSON envelope for every way in which it travels. Times are milliseconds.
type Cue struct {
	// V is the version of the envelope: 1.
	V int `json:"v"`
	// Type is offer.start, offer.update, offer.end, banner.show or banner.hide.
	Type string `json:"type"`
	// ID is the offer's or banner's.
	ID string `json:"id"`
	// Revision grows with each change: of two cues about one ID the greater one
	// holds.
	Revision uint64 `json:"rev"`
	// Media is the stream's own time from which the cue holds.
	Media int64 `json:"t"`
	// Repeat says that this was said before, for those who join late.
	Repeat bool `json:"repeat,omitempty"`
	// Starts and Ends are Unix times: an offer whose Starts lies ahead counts
	// down to it. No Ends is until further notice.
	Starts int64 `json:"starts,omitempty"`
	Ends   int64 `json:"ends,omitempty"`
	// Title is the offer's, or the banner's text.
	Title string `json:"title,omitempty"`
	// Price and CompareAt are in minor units of Currency.
	Price     *int64 `json:"price,omitempty"`
	CompareAt int64  `json:"compare_at,omitempty"`
	Currency  string `json:"currency,omitempty"`
	// URL leads to the store, by way of the short link.
	URL string `json:"url,omitempty"`
	CTA string `json:"cta,omitempty"`
	// Stock is how many are left; none is unlimited.
	Stock *int64 `json:"stock,omitempty"`
	// Ad says that this is advertising for others, and Disclosure why.
	Ad         bool       `json:"ad,omitempty"`
	Disclosure Disclosure `json:"disclosure,omitempty"`
	// Reason is why an offer has ended.
	Reason string `json:"reason,omitempty"`
}

// JSON is the envelope, of MaxCue bytes at most. A title that does not fit is
// cut.
func (c Cue) JSON() []byte {
	c.V = 1
	for {
		b := c.encode()
		over := len(b) - MaxCue
		if over <= 0 || c.Title == "…" {
			return b
		}
		c.Title = shorten(c.Title, over)
	}
}

func (c Cue) encode() []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(c) // a Cue holds nothing that JSON has not
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// shorten takes at least so many bytes off the end, at a character's boundary.
func shorten(text string, bytes int) string {
	text = strings.TrimSuffix(text, "…")
	end := max(0, len(text)-bytes-len("…"))
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// Link makes the short link of an offer.
type Link func(offer string) string

// Cue is what an event tells viewers; ok is false when it is none of their
// business. An offer that is announced has started as far as they are concerned:
// its countdown runs.
func (e *Event) Cue(link Link) (c Cue, ok bool) {
	c = Cue{ID: e.ID, Revision: e.Seq, Media: e.Media, Reason: e.Reason}
	switch e.Type {
	case OfferAnnounced:
		c.Type = "offer.start"
	case OfferStarted:
		c.Type = "offer.start"
		if e.Run != e.Seq {
			c.Type = "offer.update" // its countdown is over
		}
	case OfferUpdated:
		c.Type = "offer.update"
	case OfferEnded:
		c.Type = "offer.end"
		return c, true
	case BannerShown:
		c.Type = "banner.show"
		c.banner(e.Banner, e.Ends)
		return c, true
	case BannerHidden:
		c.Type = "banner.hide"
		return c, true
	default:
		return Cue{}, false
	}
	c.offer(e.Offer, e.Starts, e.Ends, link)
	return c, true
}

func (c *Cue) offer(o *Offer, starts, ends time.Time, link Link) {
	c.Starts, c.Ends = Millis(starts), Millis(ends)
	c.Title, c.CTA, c.Stock = o.Title, o.Action(), o.Stock
	c.Price, c.Currency = &o.Price.Amount, o.Price.Currency
	if o.CompareAt != nil {
		c.CompareAt = o.CompareAt.Amount
	}
	c.Ad, c.Disclosure = o.Disclosure.Ad(), o.Disclosure
	c.URL = link(o.ID)
}

// banner fills in a banner. Its link goes out as it is, if it fits: banners have
// no short links.
func (c *Cue) banner(b *Banner, ends time.Time) {
	c.Title, c.Ends = b.Text, Millis(ends)
	if len(b.URL) <= maxBannerURL {
		c.URL = b.URL
	}
}

// maxBannerURL leaves room for the text in an envelope.
const maxBannerURL = 300

// Millis is a time in Unix milliseconds; 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Cues are what runs on a stage, as it is told to those who join late.
func (s Stage) Cues(link Link) []Cue {
	var cues []Cue
	for i := range s.Runs {
		r := &s.Runs[i]
		c := Cue{Type: "offer.start", ID: r.Offer.ID, Revision: r.Revision, Media: r.Media, Repeat: true}
		c.offer(&r.Offer, r.Starts, r.Ends, link)
		cues = append(cues, c)
	}
	for i := range s.Banners {
		b := &s.Banners[i]
		c := Cue{Type: "banner.show", ID: b.Banner.ID, Revision: b.Revision, Media: b.Media, Repeat: true}
		c.banner(&b.Banner, b.Ends)
		cues = append(cues, c)
	}
	return cues
}
