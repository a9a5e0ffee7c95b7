package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hawker-live/hawker/overlay"
)

// foldAtOnce is how many events State.With gets, as it copies maps.
const foldAtOnce = 1000

// Load reads the newest snapshot and folds all events after it. It refuses a log
// that has a gap, or is not what was written.
func (s *Store) Load(ctx context.Context) (*overlay.State, error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	var state *overlay.State
	// One look at all of it, whatever is written meanwhile.
	options := &sql.TxOptions{Isolation: s.engine.isolation(), ReadOnly: true}
	err := within(ctx, s.read, options, func(ctx context.Context, tx *sql.Tx) (err error) {
		if state, err = readSnapshot(ctx, tx); err != nil {
			return err
		}
		if state, err = foldEvents(ctx, tx, state); err != nil {
			return err
		}
		return checkWhole(ctx, tx, state.Seq)
	})
	if err != nil {
		return nil, s.explain(err, "load the log of events")
	}
	return state, nil
}

func readSnapshot(ctx context.Context, tx *sql.Tx) (*overlay.State, error) {
	var seq, crc int64
	var data []byte
	err := tx.QueryRowContext(ctx, "SELECT seq, data, sum FROM hawker_snapshots ORDER BY seq DESC LIMIT 1").Scan(&seq, &data, &crc)
	if errors.Is(err, sql.ErrNoRows) {
		return (&overlay.State{}).With(), nil
	}
	if err != nil {
		return nil, err
	}
	// A snapshot only saves time. One that cannot be read costs it.
	state := &overlay.State{}
	if crc != sum(data) || json.Unmarshal(data, state) != nil || state.Seq != uint64(seq) {
		return (&overlay.State{}).With(), nil
	}
	return state, nil
}

// foldEvents takes in what came after the state.
func foldEvents(ctx context.Context, tx *sql.Tx, state *overlay.State) (*overlay.State, error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, data, sum FROM hawker_events WHERE seq > $1 ORDER BY seq", int64(state.Seq))
	if err != nil {
		return nil, err
	}
	var some []overlay.Event
	last := state.Seq
	err = each(rows, func() error {
		e, err := scanEvent(rows)
		if err != nil {
			return err
		}
		if last++; e.Seq != last {
			return fmt.Errorf("it is damaged: event %d comes after event %d; use a backup of the database", e.Seq, last-1)
		}
		if some = append(some, e); len(some) == foldAtOnce {
			state, some = state.With(some...), some[:0]
		}
		return nil
	})
	return state.With(some...), err
}

// checkWhole finds what is missing before or after what was read.
func checkWhole(ctx context.Context, tx *sql.Tx, last uint64) error {
	var n uint64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM hawker_events").Scan(&n); err != nil {
		return err
	}
	if n != last {
		return fmt.Errorf("it is damaged: of %d events %d are there; use a backup of the database", last, n)
	}
	return nil
}

// Save replaces older snapshots, and makes marks of what streams showed. All events
// of the state must be in the log.
func (s *Store) Save(ctx context.Context, state *overlay.State) error {
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := save(ctx, tx, int64(state.Seq), string(data)); err != nil {
			return err
		}
		return mark(ctx, tx, state)
	})
	if err != nil {
		return s.explain(err, "save the state of event %d", state.Seq)
	}
	return nil
}

func save(ctx context.Context, tx *sql.Tx, seq int64, data string) error {
	var last int64
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM hawker_events").Scan(&last); err != nil {
		return err
	}
	if seq > last {
		return fmt.Errorf("the log ends with event %d", last)
	}
	_, err := tx.ExecContext(ctx, insert("hawker_snapshots", "seq, data, sum", 1)+
		" ON CONFLICT (seq) DO UPDATE SET data = excluded.data, sum = excluded.sum", seq, data, sum(data))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM hawker_snapshots WHERE seq < (SELECT MAX(seq) FROM hawker_snapshots)")
	return err
}
