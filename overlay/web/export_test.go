package web

import "time"

// SetEventTimeout makes pages' patience a test's. Call it before they come.
func (s *Server) SetEventTimeout(d time.Duration) { s.eventTimeout = d }
