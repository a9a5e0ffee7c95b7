package main

import (
	"log/slog"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/keyage"
)

// keyAges tells the relay since when each destination's key is known. Without
// it a show goes on all the same, so its troubles are logged and no more.
type keyAges struct {
	book   *keyage.Book
	logger *slog.Logger
}

func openKeyAges(folder string, logger *slog.Logger) keyAges {
	book, err := keyage.Open(folder)
	if err != nil {
		logger.Warn("the ages of stream keys are not known; they count from now on", "err", err)
	}
	return keyAges{book, logger}
}

// note takes down the keys that are new, and dates all of them.
func (k keyAges) note(conf relay.Config, now time.Time) relay.Config {
	var keys []secret.Secret
	for _, s := range conf.Streams {
		for _, d := range s.Destinations {
			keys = append(keys, d.Target.Key)
		}
	}
	if err := k.book.See(now, keys...); err != nil {
		k.logger.Warn("the ages of stream keys will be forgotten at the end", "err", err)
	}
	return dated(conf, k.book)
}

// dated fills in since when the keys are known.
func dated(conf relay.Config, book *keyage.Book) relay.Config {
	for _, s := range conf.Streams {
		for i := range s.Destinations {
			s.Destinations[i].KeySeen = book.FirstSeen(s.Destinations[i].Target.Key)
		}
	}
	return conf
}
