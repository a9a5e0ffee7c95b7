package web

import "time"

// SetEventTimeout makes pages' patience a test's. Call it before they come.
func (s *Server) SetEventTimeout(d time.Duration) { s.eventTimeout = d }

// SetMaxConns makes the bounds of connections a test's. Call it before Serve.
func (s *Server) SetMaxConns(all, each int) { s.maxConns, s.maxAddressConns = all, each }

// CountedOffers is how many offers have figures.
func (s *Server) CountedOffers() int {
	s.metrics.clicks.mu.Lock()
	defer s.metrics.clicks.mu.Unlock()
	return len(s.metrics.clicks.counted)
}
