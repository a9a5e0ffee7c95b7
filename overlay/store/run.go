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
	// pruneEvery is how often Run prunes.
	pruneEvery = time.Hour
	// pruneRows is how many rows go in one transaction, as others wait for it.
	pruneRows = 10000
)

// Run writes clicks, prunes once an hour, and keeps other hawkers out, until ctx
// ends. It may be called once.
func (s *Store) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { s.writeClicks(ctx); return nil })
	g.Go(func() error { s.pruneHourly(ctx); return nil })
	g.Go(func() error { return s.engine.hold(ctx) })
	return g.Wait()
}

func (s *Store) pruneHourly(ctx context.Context) {
	said := ""
	for {
		err := s.Prune(ctx, time.Now())
		if err == nil {
			said = ""
		} else if text := err.Error(); text != said && ctx.Err() == nil {
			said = text
			s.logger.Error("old answers and visitors' hashes could not be deleted; that is tried again each hour", "err", err)
		}
		if !wait(ctx, pruneEvery) {
			return
		}
	}
}

// Prune deletes what has had its time: answers after a day, and salts and hashes
// of visitors when their day (UTC) is over.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	day := dayOf(now)
	// Without their salt hashes tell nothing, so it goes first.
	salts, err1 := s.deleteAll(ctx, "DELETE FROM hawker_salts WHERE day IN (SELECT day FROM hawker_salts WHERE day < $1 LIMIT $2)", day)
	hashes, err2 := s.deleteAll(ctx, `DELETE FROM hawker_visitors WHERE (day, offer, hash) IN
		(SELECT day, offer, hash FROM hawker_visitors WHERE day < $1 LIMIT $2)`, day)
	_, err3 := s.deleteAll(ctx, "DELETE FROM hawker_receipts WHERE key IN (SELECT key FROM hawker_receipts WHERE at < $1 LIMIT $2)",
		now.Add(-receiptTime).UnixMilli())
	err := errors.Join(err1, err2, err3)
	if err == nil && salts+hashes > 0 {
		err = s.engine.tidy(ctx)
	}
	if err != nil {
		return s.explain(err, "delete what is old")
	}
	return nil
}

// deleteAll runs a statement that deletes some rows until it finds no more.
func (s *Store) deleteAll(ctx context.Context, text string, before any) (all int64, err error) {
	for some := int64(pruneRows); some == pruneRows; all += some {
		err := s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, text, before, int64(pruneRows))
			if err == nil {
				some, err = done.RowsAffected()
			}
			return err
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}
