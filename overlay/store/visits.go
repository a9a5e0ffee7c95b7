package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// maxVisits is how many may wait: more than there are pages.
const maxVisits = 10_000

// VisitsKept is for how long it is known that somebody was there.
const VisitsKept = 180 * 24 * time.Hour

// visits are those that wait for their transaction: a crowd that comes when a show
// begins must not keep others from writing, one by one.
type visits struct {
	turn chan struct{} // has room for the one who writes

	mu      sync.Mutex // guards waiting
	waiting []*seen
}

// seen is a visit on its way. Whoever closes done has filled in the rest.
type seen struct {
	overlay.Visit
	may  func() bool
	done chan struct{}

	first, returning bool
	err              error
}

// Visit notes that a visitor sees a broadcast of a stream. First is the first time
// that they see this one, returning is for who has seen one that began at Before or
// earlier. Of the visitor's name, which is a random number, a hash is kept. Before
// one is kept that is not known, may is asked, if it is not nil: with its no the
// visitor is forgotten. When ctx ends before, the visit may or may not be noted.
func (s *Store) Visit(ctx context.Context, v overlay.Visit, may func() bool) (first, returning bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, false, err
	}
	one := &seen{Visit: v, may: may, done: make(chan struct{})}
	if !s.visits.add(one) {
		return false, false, errors.New("note a visit: too many are waiting")
	}
	select {
	case s.visits.turn <- struct{}{}:
		s.noteVisits(ctx)
		<-s.visits.turn
	case <-one.done:
	case <-ctx.Done():
		return false, false, s.explain(ctx.Err(), "note a visit")
	}
	<-one.done // the one before may have ended with it
	if one.err != nil {
		return false, false, s.explain(one.err, "note a visit")
	}
	return one.first, one.returning, nil
}

func (v *visits) add(one *seen) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.waiting) >= maxVisits {
		return false
	}
	v.waiting = append(v.waiting, one)
	return true
}

func (v *visits) take() []*seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := v.waiting
	v.waiting = nil
	return all
}

// noteVisits writes down all that wait.
func (s *Store) noteVisits(ctx context.Context) {
	for batch := range slices.Chunk(s.visits.take(), maxBatch) {
		// Nobody else's visit ends with the context of the one whose turn it is.
		err := s.transact(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
			for _, one := range batch {
				if err := one.note(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		for _, one := range batch {
			one.err = err
			close(one.done)
		}
	}
}

func (v *seen) note(ctx context.Context, tx *sql.Tx) error {
	sum := sha256.Sum256([]byte(v.Stream + "\x00" + v.Visitor))
	who, on := sum[:16], v.Broadcast.UnixMilli()
	var last int64
	var again int
	err := tx.QueryRowContext(ctx, "SELECT broadcast, again FROM hawker_visits WHERE stream = $1 AND visitor = $2", v.Stream, who).Scan(&last, &again)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if v.may != nil && !v.may() {
			v.first = true
			return nil
		}
	case err != nil:
		return err
	case last <= v.Before.UnixMilli():
		again = 1
	}
	v.first, v.returning = err != nil || last != on, again == 1
	if !v.first {
		return nil
	}
	return execute(ctx, tx, insert("hawker_visits", "stream, visitor, broadcast, again", 1)+
		" ON CONFLICT (stream, visitor) DO UPDATE SET broadcast = excluded.broadcast, again = excluded.again", v.Stream, who, on, again)
}

// pruneVisits forgets who was not there for long.
func (s *Store) pruneVisits(ctx context.Context, now time.Time) error {
	_, err := s.deleteAll(ctx, `DELETE FROM hawker_visits WHERE (stream, visitor) IN
		(SELECT stream, visitor FROM hawker_visits WHERE broadcast < $1 LIMIT $2)`, now.Add(-VisitsKept).UnixMilli())
	return err
}
