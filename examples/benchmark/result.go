package main

import (
	"encoding/json"
	"time"
)

// result is the whole run, as -json writes it.
type result struct {
	Machine string    `json:"machine"`
	Command []string  `json:"command"`
	Began   time.Time `json:"began"`
	Skipped []string  `json:"skipped,omitempty"`
	Medians []sample  `json:"medians"`
	Most    []most    `json:"most_destinations,omitempty"`
	Samples []sample  `json:"samples"`
	// Search is what was measured to find Most. It ends where relays fail.
	Search []sample `json:"search,omitempty"`
}

func (r *result) json() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }
