package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// receiptTime is how long answers are remembered.
	receiptTime = 24 * time.Hour
	// pruneEvery is how often Run prunes, and pruneRetry when it has to try again.
	pruneEvery = time.Hour
	pruneRetry = 30 * time.Second
	// dayGrace is when Run prunes after midnight (UTC): by then clicks of the day
	// before have been written, which would make its salt anew.
	dayGrace = 15 * time.Second
	// tidySoon is from an erasure to the end of its traces: others cannot write
	// while the database is written anew, so it must not be done for each.
	tidySoon = 2 * time.Second
	// pruneRows is how many rows go in one transaction, as others wait for it.
	pruneRows = 10000
)

// Run writes clicks, prunes when a day is over and once an hour, wipes away what
// viewers had erased, and keeps other hawkers out, until ctx ends. It may be called
// once.
func (s *Store) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { s.writeClicks(ctx); return nil })
	g.Go(func() error { s.keepPruning(ctx); return nil })
	g.Go(func() error { s.keepTidy(ctx); return nil })
	g.Go(func() error { return s.engine.hold(ctx) })
	return g.Wait()
}

func (s *Store) keepPruning(ctx context.Context) {
	said := ""
	for {
		err := s.Prune(ctx, time.Now())
		pause := untilPrune(time.Now())
		if err == nil {
			said = ""
		} else {
			pause = min(pause, pruneRetry)
			if text := err.Error(); text != said && ctx.Err() == nil {
				said = text
				s.logger.Error("old answers and visitors' hashes could not be deleted, or not to the last trace; that is tried again twice a minute", "err", err)
			}
		}
		if !wait(ctx, pause) {
			return
		}
	}
}

// keepTidy wipes away the traces of what viewers had erased, of several at once.
func (s *Store) keepTidy(ctx context.Context) {
	for {
		select {
		case <-s.erased:
		case <-ctx.Done():
			return
		}
		if !wait(ctx, tidySoon) {
			return // the next start does it
		}
		if err := s.tidy(ctx); err != nil && ctx.Err() == nil {
			s.logger.Warn("what a viewer had erased may be in the database's log for a while", "err", err)
		}
	}
}

// untilPrune is an hour, or less when a day ends before.
func untilPrune(now time.Time) time.Duration {
	next := now.UTC().Truncate(24 * time.Hour).Add(dayGrace)
	if !next.After(now) {
		next = next.Add(24 * time.Hour)
	}
	return min(pruneEvery, next.Sub(now))
}

// Prune deletes what has had its time: answers after a day, salts and hashes
// of visitors when their day (UTC) is over, and visits of long ago.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	day := dayOf(now)
	// Without their salt hashes tell nothing, so it goes first.
	_, err1 := s.deleteAll(ctx, "DELETE FROM hawker_salts WHERE day IN (SELECT day FROM hawker_salts WHERE day < $1 LIMIT $2)", day)
	_, err2 := s.deleteAll(ctx, `DELETE FROM hawker_visitors WHERE (day, offer, hash) IN
		(SELECT day, offer, hash FROM hawker_visitors WHERE day < $1 LIMIT $2)`, day)
	_, err3 := s.deleteAll(ctx, "DELETE FROM hawker_receipts WHERE key IN (SELECT key FROM hawker_receipts WHERE at < $1 LIMIT $2)",
		now.Add(-receiptTime).UnixMilli())
	if err := errors.Join(err1, err2, err3, s.pruneVisits(ctx, now), s.tidy(ctx)); err != nil {
		return s.explain(err, "delete what is old")
	}
	return nil
}

// tidy wipes away the traces of deleted rows, if there may be any: what one call
// of it could not do, the next one does. Two at once would be in each other's way.
func (s *Store) tidy(ctx context.Context) error {
	select {
	case s.tidying <- struct{}{}:
		defer func() { <-s.tidying }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !s.untidy.Swap(false) {
		return nil
	}
	err := s.engine.tidy(ctx)
	if err != nil {
		s.untidy.Store(true)
	}
	return err
}

// deleteAll runs a statement that deletes some rows until it finds no more.
func (s *Store) deleteAll(ctx context.Context, text string, before any) (all int64, err error) {
	for some := int64(pruneRows); some == pruneRows; all += some {
		some = 0
		err := s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, text, before, int64(pruneRows))
			if err == nil {
				some, err = done.RowsAffected()
			}
			return err
		})
		if some > 0 { // with an error, too: it may be of a commit that was done
			s.untidy.Store(true)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}
