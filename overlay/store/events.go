package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// firstRetry is the pause after a broken connection. It doubles.
const firstRetry = 50 * time.Millisecond

// Append writes events, and the answer that goes with them if r is not nil, in
// one transaction that is durable when it returns. Their Seqs must follow the
// log's last one. To append what is there already is no mistake, with or without
// more after it: so Append may try again by itself when the connection broke and it
// is not known how the transaction went. If that is still unknown at the end, an
// error is returned; the next Append may bring the same events and more, and finds
// ErrConflict if it brings other ones.
func (s *Store) Append(ctx context.Context, events []overlay.Event, r *overlay.Receipt) error {
	rows, err := encode(events)
	if err != nil {
		return fmt.Errorf("append events: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstRetry; ; pause *= 2 {
		err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error { return insertAll(ctx, tx, rows, r) })
		// A unique key that is taken: somebody was faster since insertAll looked.
		// The next look finds it.
		if t := s.engine.trouble(err); t != lost && t != taken || !wait(ctx, pause) {
			break
		}
	}
	if err != nil {
		return s.explain(err, "append %s", describe(events))
	}
	return nil
}

// wait reports whether the pause went by before ctx ended.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

func describe(events []overlay.Event) string {
	switch n := len(events); n {
	case 0:
		return "an answer"
	case 1:
		return fmt.Sprintf("event %d", events[0].Seq)
	default:
		return fmt.Sprintf("events %d to %d", events[0].Seq, events[n-1].Seq)
	}
}

// row is an event as the table has it.
type row struct {
	seq                       uint64
	at                        int64
	kind, stream, offer, data string
}

func encode(events []overlay.Event) ([]row, error) {
	rows := make([]row, len(events))
	for i, e := range events {
		if e.Seq != events[0].Seq+uint64(i) {
			return nil, fmt.Errorf("event %d comes after event %d", e.Seq, events[i-1].Seq)
		}
		data, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		rows[i] = row{seq: e.Seq, at: e.At.UnixMilli(), kind: string(e.Type), stream: e.Stream, data: string(data)}
		if e.Banner == nil { // of an offer, or of a step of the show that is about one
			rows[i].offer = e.ID
		}
	}
	return rows, nil
}

func insertAll(ctx context.Context, tx *sql.Tx, rows []row, r *overlay.Receipt) error {
	if len(rows) > 0 {
		if err := insertEvents(ctx, tx, rows); err != nil {
			return err
		}
	}
	if r != nil {
		return insertReceipt(ctx, tx, r)
	}
	return nil
}

func insertEvents(ctx context.Context, tx *sql.Tx, rows []row) error {
	var last uint64
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM hawker_events").Scan(&last); err != nil {
		return err
	}
	first := rows[0].seq
	if first > last+1 {
		return fmt.Errorf("the log ends with event %d", last)
	}
	there := min(last+1-first, uint64(len(rows)))
	if err := compare(ctx, tx, rows[:there]); err != nil {
		return err
	}
	rows = rows[there:]
	args := make([][]any, len(rows))
	for i, r := range rows {
		args[i] = []any{int64(r.seq), r.at, r.kind, r.stream, r.offer, r.data, sum(r.data)}
	}
	return insertMany(ctx, tx, "hawker_events", "seq, at, type, stream, offer, data, sum", "", args)
}

// compare finds the rows in the log as they are, or ErrConflict.
func compare(ctx context.Context, tx *sql.Tx, rows []row) error {
	for _, r := range rows {
		var data string
		err := tx.QueryRowContext(ctx, "SELECT data FROM hawker_events WHERE seq = $1", int64(r.seq)).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) || err == nil && data != r.data {
			return ErrConflict
		}
		if err != nil {
			return err
		}
	}
	return nil
}
