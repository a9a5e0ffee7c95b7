package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

const (
	// DefaultLimit is how many events a query without a limit gives.
	DefaultLimit = 1000
	// firstRetry is the pause after a broken connection. It doubles.
	firstRetry = 50 * time.Millisecond
)

// Query says which events are wanted.
type Query struct {
	// Offer and Stream are those that events must be about; empty is for all.
	Offer, Stream string
	// After is the Seq of the last event that is known already.
	After uint64
	// Limit is how many are wanted at most; 0 is for DefaultLimit.
	Limit int
}

// Append writes events, and the answer that goes with them if r is not nil, in
// one transaction that is durable when it returns. Their Seqs must follow the
// log's last one. To append what is there already is no mistake: so Append may try
// again by itself when the connection broke and it is not known how the
// transaction went. If that is still unknown at the end, an error is returned, and
// the next Append may find ErrConflict.
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
		if e.Offer != nil {
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
	if first <= last {
		return compare(ctx, tx, rows)
	}
	if first != last+1 {
		return fmt.Errorf("the log ends with event %d", last)
	}
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

// Events reads from the log, oldest first.
func (s *Store) Events(ctx context.Context, q Query) ([]overlay.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, args := q.sql()
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.explain(err, "read events")
	}
	events, err := scanEvents(rows)
	if err != nil {
		return nil, s.explain(err, "read events")
	}
	return events, nil
}

func (q Query) sql() (string, []any) {
	text, args := "SELECT seq, data, sum FROM hawker_events WHERE seq > $1", []any{int64(q.After)}
	for _, c := range []struct{ column, value string }{{"offer", q.Offer}, {"stream", q.Stream}} {
		if c.value != "" {
			args = append(args, c.value)
			text += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	args = append(args, int64(limit))
	return text + fmt.Sprintf(" ORDER BY seq LIMIT $%d", len(args)), args
}

func scanEvents(rows *sql.Rows) (events []overlay.Event, err error) {
	defer rows.Close()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

func scanEvent(rows *sql.Rows) (e overlay.Event, err error) {
	var seq, crc int64
	var data sql.RawBytes
	if err := rows.Scan(&seq, &data, &crc); err != nil {
		return e, err
	}
	if crc != sum(data) {
		return e, fmt.Errorf("event %d is damaged: it is not what was written; use a backup of the database", seq)
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("event %d: %w", seq, err)
	}
	if e.Seq != uint64(seq) {
		return e, fmt.Errorf("event %d is damaged: it says that it is %d", seq, e.Seq)
	}
	return e, nil
}

// sum tells whether stored text is what was written: SQLite has no checksums of
// its own beyond those of its write-ahead log.
func sum[T string | []byte | sql.RawBytes](data T) int64 {
	return int64(crc32.Checksum([]byte(data), crc32.MakeTable(crc32.Castagnoli)))
}
