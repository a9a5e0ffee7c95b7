package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// Receipt finds the answer that was given to a key. Its time is to the
// millisecond.
func (s *Store) Receipt(ctx context.Context, key string) (overlay.Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := readReceipt(ctx, s.read, key)
	if errors.Is(err, sql.ErrNoRows) {
		return overlay.Receipt{}, false, nil
	}
	if err != nil {
		return overlay.Receipt{}, false, s.explain(err, "find the answer to a key")
	}
	return r, true, nil
}

// reader is a database or a transaction.
type reader interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readReceipt(ctx context.Context, db reader, key string) (overlay.Receipt, error) {
	r := overlay.Receipt{Key: key}
	var at int64
	err := db.QueryRowContext(ctx, "SELECT hash, status, body, at FROM hawker_receipts WHERE key = $1", key).
		Scan(&r.Hash, &r.Status, &r.Body, &at)
	r.At = time.UnixMilli(at).UTC()
	return r, err
}

func insertReceipt(ctx context.Context, tx *sql.Tx, r *overlay.Receipt) error {
	if err := checkText(r.Key); err != nil {
		return fmt.Errorf("the key of the answer %w", err)
	}
	body := r.Body
	if body == nil {
		body = []byte{} // nil would be NULL
	}
	done, err := tx.ExecContext(ctx, insert("hawker_receipts", "key, hash, status, body, at", 1)+" ON CONFLICT (key) DO NOTHING",
		r.Key, r.Hash, int64(r.Status), body, r.At.UnixMilli())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	there, err := readReceipt(ctx, tx, r.Key)
	if err == nil && (there.Hash != r.Hash || there.Status != r.Status || !bytes.Equal(there.Body, r.Body)) {
		return ErrAnswered
	}
	return err
}
