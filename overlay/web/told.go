package web

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// sayEvery is how often a failure that goes on is logged.
const sayEvery = time.Minute

// told keeps a store that fails from filling the log: a failure has a line when it
// begins and then one a minute, of whichever offer and however it is worded, and
// one when it is over.
type told struct {
	mu    sync.Mutex          // guards the rest
	last  [failures]time.Time // when a failure of each kind was logged
	lost  int                 // clicks since the last line
	fails bool                // and has been said to
}

// Kinds of failures.
const (
	isLate = iota
	isBroken
	failures
)

func (t *told) log(logger *slog.Logger, err error, offer, destination string) {
	kind := isBroken
	if errors.Is(err, context.DeadlineExceeded) {
		kind = isLate
	}
	t.mu.Lock()
	t.lost++
	lost, due := t.lost, time.Since(t.last[kind]) >= sayEvery
	if due {
		t.last[kind], t.lost, t.fails = time.Now(), 0, true
	}
	t.mu.Unlock()
	if due {
		logger.Error("clicks are not counted, and viewers get to the store all the same", "err", err, "offer", offer, "destination", destination, "clicks", lost)
	}
}

// clear is told of each click that was counted.
func (t *told) clear(logger *slog.Logger) {
	t.mu.Lock()
	failed, lost := t.fails, t.lost
	if failed {
		t.fails, t.lost = false, 0
	}
	t.mu.Unlock()
	if failed {
		logger.Info("clicks are counted again", "clicks", lost)
	}
}
