package store

import "context"

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

// Blob reads one value of bytes.
func (s *Store) Blob(ctx context.Context, query string) (b []byte, err error) {
	err = s.read.QueryRowContext(ctx, query).Scan(&b)
	return b, err
}
