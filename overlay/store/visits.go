package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"
)

// VisitsKept is for how long it is known that somebody was there.
const VisitsKept = 180 * 24 * time.Hour

// Visit notes that a visitor sees a broadcast of a stream, which is told apart from
// others by when it began. First is the first time that they see this one, returning
// is for who has seen another one before. Of the visitor's name, which is a random
// number, a hash is kept.
func (s *Store) Visit(ctx context.Context, stream, visitor string, broadcast time.Time) (first, returning bool, err error) {
	sum := sha256.Sum256([]byte(stream + "\x00" + visitor))
	who, on := sum[:16], broadcast.UnixMilli()
	err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var last int64
		var again int
		err := tx.QueryRowContext(ctx, "SELECT broadcast, again FROM hawker_visits WHERE stream = $1 AND visitor = $2", stream, who).Scan(&last, &again)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			first, returning = true, false
		case err != nil:
			return err
		case last == on:
			first, returning = false, again == 1
			return nil
		default:
			first, returning, again = true, true, 1
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO hawker_visits (stream, visitor, broadcast, again) VALUES ($1, $2, $3, $4)
			ON CONFLICT (stream, visitor) DO UPDATE SET broadcast = excluded.broadcast, again = excluded.again`, stream, who, on, again)
		return err
	})
	if err != nil {
		return false, false, s.explain(err, "note a visit")
	}
	return first, returning, nil
}

// pruneVisits forgets who was not there for long.
func (s *Store) pruneVisits(ctx context.Context, now time.Time) error {
	_, err := s.deleteAll(ctx, `DELETE FROM hawker_visits WHERE (stream, visitor) IN
		(SELECT stream, visitor FROM hawker_visits WHERE broadcast < $1 LIMIT $2)`, now.Add(-VisitsKept).UnixMilli())
	return err
}
