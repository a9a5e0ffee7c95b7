package config

import (
	"strings"
	"time"
)

// moment reads a day and a time with the offset from UTC, as in RFC 3339 or with
// a space between them, with or without seconds. It returns UTC.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		for _, layout := range []string{layout, strings.Replace(layout, "T", " ", 1)} {
			if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
				return t.UTC(), true
			}
		}
	}
	return time.Time{}, false
}

// zoneless reports whether text is a moment but for the offset.
func zoneless(text string) bool {
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

func zoneFault(text string) string {
	return `does not say in which time zone: end with the offset from UTC, as "` + text + `+01:00", or with Z`
}
