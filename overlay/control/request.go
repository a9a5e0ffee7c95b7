package control

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Request is something that somebody wants to be done.
type Request struct {
	// Decide says what follows from how things are.
	Decide func(s *overlay.State, now time.Time) ([]overlay.Event, error)
	// Key and Hash are empty, or what a repetition of the request is known by.
	Key, Hash string
	// Answer makes the answer that is kept for repetitions; nil is an empty one.
	Answer func(events []overlay.Event, after *overlay.State) (status int, body []byte)
}

// Result is what came of a request.
type Result struct {
	// Events are what has happened; none when all was so already, or Repeated.
	Events []overlay.Event
	// Repeated says that the answer is that of the first time.
	Repeated bool
	Status   int
	Body     []byte
}

type job struct {
	request Request
	result  chan outcome
}

type outcome struct {
	result Result
	err    error
}

// Do does a request, and returns when what it has brought about is safe.
func (c *Control) Do(ctx context.Context, r Request) (Result, error) {
	j := job{r, make(chan outcome, 1)}
	select {
	case c.jobs <- j:
		o := <-j.result
		return o.result, o.err
	case <-c.done:
		return Result{}, ErrStopping
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// answer does a request in its turn.
func (c *Control) answer(ctx context.Context, r *Request, now time.Time) outcome {
	if r.Key != "" {
		if before, known, err := c.receipt(ctx, r.Key); err != nil || known {
			return repeated(before, r.Hash, err)
		}
	}
	events, err := r.Decide(c.State(), now)
	if err != nil {
		return outcome{err: err}
	}
	c.stamp(events)
	result := Result{Events: events}
	if r.Answer != nil {
		result.Status, result.Body = r.Answer(events, c.State().With(events...))
	}
	var receipt *overlay.Receipt
	if r.Key != "" {
		receipt = &overlay.Receipt{Key: r.Key, Hash: r.Hash, Status: result.Status, Body: result.Body, At: now}
	}
	if len(events) > 0 || receipt != nil {
		if err := c.write(ctx, events, receipt); err != nil {
			return outcome{err: err}
		}
	}
	c.publish(events, now)
	return outcome{result: result}
}

func (c *Control) receipt(ctx context.Context, key string) (overlay.Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	r, known, err := c.conf.Store.Receipt(ctx, key)
	if err != nil {
		c.conf.Logger.Error("the database could not be read", "err", err)
		err = ErrUnavailable
	}
	return r, known, err
}

func repeated(before overlay.Receipt, hash string, err error) outcome {
	if err != nil {
		return outcome{err: err}
	}
	if before.Hash != hash {
		return outcome{err: ErrKeyReused}
	}
	return outcome{result: Result{Repeated: true, Status: before.Status, Body: before.Body}}
}
