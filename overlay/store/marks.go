package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// markEvery is how many events a stream has from one mark to the next, or more: as
// many have to be read again.
const markEvery = 256

// Mark is the last one of a stream that is not later than a time. Of a stream that
// had none by then its Seq is 0, before all events.
func (s *Store) Mark(ctx context.Context, stream string, before time.Time) (overlay.Mark, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var seq, at, crc int64
	var data []byte
	err := s.read.QueryRowContext(ctx, "SELECT seq, at, data, sum FROM hawker_marks WHERE stream = $1 AND at <= $2 ORDER BY seq DESC LIMIT 1",
		stream, before.UnixMilli()).Scan(&seq, &at, &data, &crc)
	if errors.Is(err, sql.ErrNoRows) {
		return overlay.Mark{}, nil
	}
	if err != nil {
		return overlay.Mark{}, s.explain(err, "read what a stream showed")
	}
	m := overlay.Mark{Seq: uint64(seq), At: time.UnixMilli(at).UTC()}
	// A mark only saves time. One that cannot be read costs it.
	if crc != sum(data) || json.Unmarshal(data, &m.Stage) != nil {
		return overlay.Mark{}, nil
	}
	return m, nil
}

// mark remembers what streams show of which much has happened since the last time.
func mark(ctx context.Context, tx *sql.Tx, state *overlay.State) error {
	for stream, stage := range state.Stages {
		var more int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT seq FROM hawker_events WHERE stream = $1 AND seq <= $2 AND
			seq > (SELECT COALESCE(MAX(seq), 0) FROM hawker_marks WHERE stream = $1) LIMIT $3) AS more`, stream, int64(state.Seq), int64(markEvery)).Scan(&more)
		if err != nil {
			return err
		}
		if more < markEvery {
			continue
		}
		if err := insertMark(ctx, tx, stream, state.Seq, &overlay.Stage{Runs: stage.Runs, Banners: stage.Banners}); err != nil {
			return err
		}
	}
	return nil
}

func insertMark(ctx context.Context, tx *sql.Tx, stream string, seq uint64, stage *overlay.Stage) error {
	data, err := json.Marshal(stage)
	if err != nil {
		return err
	}
	return execute(ctx, tx, "INSERT INTO hawker_marks (stream, seq, at, data, sum) SELECT $1, seq, at, $2, $3 FROM hawker_events WHERE seq = $4",
		stream, string(data), sum(data), int64(seq))
}
