package overlay

import "time"

// EventType says what has happened.
type EventType string

// What can happen. Only offers and banners that run are cues for viewers.
const (
	OfferPut       EventType = "offer.put"       // it was made or changed
	OfferRemoved   EventType = "offer.removed"   // it is gone
	OfferAnnounced EventType = "offer.announced" // its countdown has begun
	OfferStarted   EventType = "offer.started"   // it can be had
	OfferUpdated   EventType = "offer.updated"   // it was changed while it ran, its stock included
	OfferEnded     EventType = "offer.ended"     // it cannot be had any more
	BannerPut      EventType = "banner.put"
	BannerRemoved  EventType = "banner.removed"
	BannerShown    EventType = "banner.shown"
	BannerHidden   EventType = "banner.hidden"
	ShowSet        EventType = "show.set"
	StepDone       EventType = "step.done"   // a step of the show has happened
	StepMissed     EventType = "step.missed" // its time went by, or it could not be done; Reason says why
	StreamLive     EventType = "stream.live"
	StreamEnded    EventType = "stream.ended"
)

// Why an offer has ended, or a banner been hidden.
const (
	ByHand   = "hand"
	ByTime   = "time"
	ByStock  = "sold out"
	ByShow   = "show"
	Replaced = "replaced" // by a banner with the same id
	Removed  = "removed"  // from the file it was in

	StreamGone = "stream removed" // from the configuration
)

// Event is one entry of the log, which is never edited. It holds what was true
// then: an offer's title, price and stock stand in each event of it.
type Event struct {
	// Seq numbers events from 1, without a gap. It is also the revision of what
	// the event is about.
	Seq uint64 `json:"seq"`
	// At is the server's time.
	At   time.Time `json:"at"`
	Type EventType `json:"type"`
	// Stream is the one on which it happened; empty for what concerns all.
	Stream string `json:"stream,omitempty"`
	// Media is the stream's own time when it happened, in milliseconds.
	Media int64 `json:"media_ms,omitempty"`
	// ID is the offer's or banner's.
	ID string `json:"id,omitempty"`
	// Run is the Seq of the event that announced or started this run of the
	// offer, or showed the banner.
	Run uint64 `json:"run,omitempty"`
	// Starts and Ends are when the run can be had; Ends is zero for until
	// somebody ends it.
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	// Reason is why it has ended, or went wrong.
	Reason string `json:"reason,omitempty"`
	// Step is the index of the show's step.
	Step   int     `json:"step,omitempty"`
	Offer  *Offer  `json:"offer,omitempty"`
	Banner *Banner `json:"banner,omitempty"`
	Show   *Show   `json:"show,omitempty"`
}
