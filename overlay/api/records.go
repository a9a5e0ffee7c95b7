package api

import (
	"net/http"
	"strconv"

	"github.com/hawker-live/hawker/overlay"
)

// log is all that has happened to an offer, which may be gone.
func (s *Server) log(w http.ResponseWriter, r *http.Request) {
	q := overlay.LogQuery{Offer: r.PathValue("offer"), Stream: r.URL.Query().Get("stream"), Limit: maxLog}
	if text := r.URL.Query().Get("after"); text != "" {
		after, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			s.fail(w, malformed("after must be the seq of an event"))
			return
		}
		q.After = after
	}
	events, err := s.conf.Records.Events(r.Context(), q)
	if err != nil {
		s.fail(w, err)
		return
	}
	if _, known := s.conf.Control.State().Offers[q.Offer]; !known && len(events) == 0 && q.After == 0 {
		s.fail(w, noOffer(q.Offer))
		return
	}
	answer(w, eventsAnswer(events, nil))
}

// maxLog is how many events one answer holds; the rest is asked for with after.
const maxLog = 1000

// Link is a short link, and what came of it.
type Link struct {
	// Stream is empty for a link that does not belong to one.
	Stream      string `json:"stream,omitempty"`
	Destination string `json:"destination,omitempty"`
	URL         string `json:"url"`
	Clicks      int64  `json:"clicks"`
	// Visitors counts each visitor once a day.
	Visitors int64 `json:"visitors"`
}

// OfferLinks is the answer to GET /api/v1/offers/{offer}/links.
type OfferLinks struct {
	Links []Link `json:"links"`
}

func (s *Server) links(w http.ResponseWriter, r *http.Request) {
	offer, ok := s.offer(w, r)
	if !ok {
		return
	}
	counts, err := s.conf.Records.Clicks(r.Context(), offer.ID)
	if err != nil {
		s.fail(w, err)
		return
	}
	answer(w, OfferLinks{s.allLinks(offer.ID, counts)})
}

// allLinks are the plain link, those of all destinations, and those that were
// followed elsewhere.
func (s *Server) allLinks(offer string, counts []overlay.ClickCount) []Link {
	by := map[string]overlay.ClickCount{}
	for _, c := range counts {
		by[c.Destination] = c
	}
	links, listed := []Link{}, map[string]bool{}
	add := func(stream, destination string) {
		if listed[destination] { // two streams may have one of this name
			return
		}
		listed[destination] = true
		c := by[destination]
		links = append(links, Link{stream, destination, s.conf.Links.ShortLink(offer, destination), c.Clicks, c.Visitors})
	}
	add("", "")
	for _, stream := range s.conf.Streams() {
		for _, d := range stream.Destinations {
			add(stream.Name, d)
		}
	}
	for _, c := range counts {
		add("", c.Destination)
	}
	return links
}
