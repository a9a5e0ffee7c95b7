package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/hawker-live/hawker/overlay"
)

// DefaultLimit is how many events a query without a limit gives.
const DefaultLimit = 1000

// Events reads from the log, oldest first.
func (s *Store) Events(ctx context.Context, q overlay.LogQuery) ([]overlay.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, args := querySQL(q)
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

// querySQL is a query as the databases want it.
func querySQL(q overlay.LogQuery) (string, []any) {
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
	err = each(rows, func() error {
		e, err := scanEvent(rows)
		events = append(events, e)
		return err
	})
	return events, err
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
		return e, fmt.Errorf("event %d is damaged: it says that it is %d; use a backup of the database", seq, e.Seq)
	}
	return e, nil
}

// sum tells whether stored text is what was written: SQLite has no checksums of
// its own beyond those of its write-ahead log.
func sum[T string | []byte | sql.RawBytes](data T) int64 {
	return int64(crc32.Checksum([]byte(data), crc32.MakeTable(crc32.Castagnoli)))
}
