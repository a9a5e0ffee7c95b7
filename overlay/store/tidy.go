package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const (
	// tidyLocks is how long SQLite waits for writers, and then for readers, while
	// writers wait for it; tidyTime is how long it may take until it is given up.
	tidyLocks = 300 * time.Millisecond
	tidyTime  = time.Second
	// tidyBytes is the size up to which a database is written anew.
	tidyBytes = 8 << 20
)

var errUsed = errors.New("others read or write all the time; deleted rows stay in the log of the database meanwhile")

// tidy writes the database anew while it is small, and empties the write-ahead log,
// where deleted rows would stay. Without the former, SQLite leaves now and then a
// hash of thousands in a gap within a page, in spite of secure_delete; larger
// databases keep that one until its page is used again. It has a connection of its
// own, with less patience than the one that writes.
func (f *sqliteFile) tidy(ctx context.Context) error {
	db, err := connect(f.path, 1, tidyLocks, "")
	if err != nil {
		return err
	}
	err = empty(ctx, db) // first: a log that somebody keeps full must not grow with each try
	if err == nil {
		err = errors.Join(rewrite(ctx, db), empty(ctx, db))
	}
	return errors.Join(err, db.Close())
}

func rewrite(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	var size int64
	err := db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&size)
	if err == nil && size <= tidyBytes {
		_, err = db.ExecContext(ctx, "VACUUM")
	}
	if ctx.Err() != nil { // it is not small for this machine
		return nil
	}
	return err
}

// empty does the most of it, whatever its size, without keeping others from
// writing. SQLite tells in a row, not by an error, that it could not do it.
func empty(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		return err
	}
	ctx, cancel = context.WithTimeout(ctx, tidyTime)
	defer cancel()
	var busy, frames, moved int
	err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	if err == nil && busy != 0 {
		err = errUsed
	}
	return err
}
