package web

import (
	"log/slog"
	"sync"
)

// told keeps a failure that repeats itself from filling the log.
type told struct {
	mu   sync.Mutex // guards last
	last string
}

func (t *told) log(logger *slog.Logger, err error, offer, destination string) {
	t.mu.Lock()
	same := t.last == err.Error()
	t.last = err.Error()
	t.mu.Unlock()
	if !same {
		logger.Error("clicks are not counted, and viewers get to the store all the same", "err", err, "offer", offer, "destination", destination)
	}
}

func (t *told) clear() {
	t.mu.Lock()
	t.last = ""
	t.mu.Unlock()
}
