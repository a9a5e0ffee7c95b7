package store

import (
	"context"
	"database/sql"
)

// Exec runs a statement where the store writes.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := s.write.ExecContext(ctx, statement, args...)
	return err
}

// Number reads one number.
func (s *Store) Number(ctx context.Context, query string) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// Pragma reads a setting of SQLite where the store writes.
func (s *Store) Pragma(ctx context.Context, name string) (value string, err error) {
	err = s.write.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return value, err
}

// Blob reads one value of bytes.
func (s *Store) Blob(ctx context.Context, query string) (b []byte, err error) {
	err = s.read.QueryRowContext(ctx, query).Scan(&b)
	return b, err
}

// Hashes are those of all visitors.
func (s *Store) Hashes(ctx context.Context) (hashes [][]byte, err error) {
	rows, err := s.read.QueryContext(ctx, "SELECT hash FROM hawker_visitors")
	if err != nil {
		return nil, err
	}
	err = each(rows, func() error {
		var h []byte
		err := rows.Scan(&h)
		hashes = append(hashes, h)
		return err
	})
	return hashes, err
}

// Reader begins to read a table, and goes on until it is told to end.
func (s *Store) Reader(ctx context.Context, table string) (end func() error, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{Isolation: s.engine.isolation(), ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return tx.Rollback, tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(new(int64))
}

// Files reads the files of a PostgreSQL database.
func (s *Store) Files(ctx context.Context, do func(name string, data []byte) error) error {
	rows, err := s.read.QueryContext(ctx, `
		SELECT name, pg_read_binary_file(folder || name, 0, 1000000000, true)
		FROM (SELECT 'base/' || oid || '/' AS folder FROM pg_database WHERE datname = current_database()) d, pg_ls_dir(folder) AS name`)
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var name string
		var data []byte
		if err := rows.Scan(&name, &data); err != nil {
			return err
		}
		return do(name, data)
	})
}

// ChatPlan is how SQLite finds the latest messages of chats.
func (s *Store) ChatPlan(ctx context.Context) (plan string, err error) {
	rows, err := s.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+latestMessages, 100)
	if err != nil {
		return "", err
	}
	err = each(rows, func() error {
		var detail string
		err := rows.Scan(new(int64), new(int64), new(int64), &detail)
		plan += detail + "\n"
		return err
	})
	return plan, err
}
