package overlay

import "time"

// Receipt is the answer to a request that named a key of its own, so that it can
// be given again when the request is repeated.
type Receipt struct {
	// Key is the client's: 1 to 200 visible characters of ASCII.
	Key string
	// Hash is of the request: another one with the same key is a mistake.
	Hash string
	// Status and Body are the answer.
	Status int
	Body   []byte
	At     time.Time
}

// Click is one follow of a short link.
type Click struct {
	Offer string
	// Destination is where the link was put: a destination's name, or one of the
	// surfaces of Hawker's own. Empty is a link that does not say.
	Destination string
	At          time.Time
	// Visitor is what tells people apart for a day, such as address and browser.
	// It is never kept: only a hash of it, with a salt that is thrown away
	// together with all hashes when the day (UTC) is over.
	Visitor string
}

// ClickCount is how often the links of an offer in one place were followed.
type ClickCount struct {
	Offer       string `json:"offer"`
	Destination string `json:"destination"`
	Clicks      int64  `json:"clicks"`
	// Visitors counts each visitor once a day.
	Visitors int64 `json:"visitors"`
}

// Visit is a visitor's who sees a broadcast.
type Visit struct {
	Stream string
	// Visitor is a random number that a browser keeps.
	Visitor string
	// Broadcast is when this one began, by which it is told apart from others.
	Broadcast time.Time
	// Before is when one must have begun, or earlier, that makes who has seen it
	// one who comes back: what is later is of the same show.
	Before time.Time
}

// LogQuery asks for a part of the log.
type LogQuery struct {
	// Offer and Stream are those that the events are about; empty is any.
	Offer, Stream string
	// After is the Seq of the last event that is known.
	After uint64
	// Limit is how many events to return at most; 0 is 1000.
	Limit int
}

// Mark is what a stream showed at one point of the log.
type Mark struct {
	// Seq is that of the last event in it, and At when that happened.
	Seq uint64
	At  time.Time
	// Stage has offers and banners alone.
	Stage Stage
}
