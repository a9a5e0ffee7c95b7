package chat

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	// DefaultRetention is how long messages are kept, unless Config says otherwise.
	DefaultRetention = 24 * time.Hour
	// MaxRetention is the longest time for which they may be kept.
	MaxRetention = 30 * 24 * time.Hour
	// MaxSlow is the longest slow mode.
	MaxSlow = 5 * time.Minute
	// DefaultMute is for mutes that do not say how long.
	DefaultMute = 10 * time.Minute
	// DefaultBan is for bans that do not.
	DefaultBan = 90 * 24 * time.Hour
	// MaxSanction is the longest one: nobody is remembered for ever.
	MaxSanction = 365 * 24 * time.Hour
)

func defaultSettings() overlay.ChatSettings {
	return overlay.ChatSettings{Enabled: true, BlockedWords: []string{}}
}

// checkSettings returns what is wrong with settings.
func checkSettings(s overlay.ChatSettings) error {
	var fields []overlay.FieldError
	if most := int(MaxSlow.Seconds()); s.SlowSeconds < 0 || s.SlowSeconds > most {
		fields = append(fields, overlay.FieldError{Field: "slow_seconds", Detail: fmt.Sprintf("must be 0 to %d", most)})
	}
	if _, err := newFilter(s.BlockedWords); err != nil {
		fields = append(fields, overlay.FieldError{Field: "blocked_words", Detail: err.Error()})
	}
	if len(fields) == 0 {
		return nil
	}
	return &overlay.Invalid{What: "chat settings", Fields: fields}
}

// sanctionTime is how long a sanction lasts; 0 asks for what is usual.
func sanctionTime(kind overlay.ChatSanctionKind, wanted time.Duration) (time.Duration, error) {
	switch {
	case wanted == 0 && kind == overlay.ChatBan:
		return DefaultBan, nil
	case wanted == 0:
		return DefaultMute, nil
	case wanted < time.Second || wanted > MaxSanction:
		return 0, &overlay.Invalid{What: string(kind), Fields: []overlay.FieldError{{Field: "seconds", Detail: fmt.Sprintf("must be 1 to %.0f", MaxSanction.Seconds())}}}
	}
	return wanted, nil
}

// Notice is what viewers are to be told before they write.
func Notice(retention time.Duration) string {
	return "Your nickname, your messages and a random id of this browser are kept for " + rough(retention) +
		" and shown to all who watch. You can erase them at any time. No account, no cookies. " +
		"Your address is used to keep out abuse and is not kept; only if a moderator mutes or bans you, a hash of it is kept until the day (UTC) is over, and the public id beside your messages until that ends."
}

// Kept is what a page tells of the chat to those who do not write.
func Kept(retention time.Duration) string {
	return "What is written in the chat is kept for " + rough(retention) + "."
}

// rough is a time in words, rounded up to its largest unit.
func rough(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d > 2*unit.of || d == unit.of || d == 2*unit.of {
			return plural(d, unit.of, unit.name)
		}
	}
	return plural(d, time.Second, "second")
}

func plural(d, unit time.Duration, name string) string {
	n := int(math.Ceil(float64(d) / float64(unit)))
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}

// asRefusal is an error of this package's as what it is.
func asRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return refuse(Malformed, "%s", err)
}
