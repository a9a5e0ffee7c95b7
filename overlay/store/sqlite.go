package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/hawker-live/hawker/config/secret"
)

const (
	fileName = "hawker.db"
	lockName = "hawker.db.lock"
	// readers is how many connections read beside the one that writes.
	readers = 4
	// lockTime is how long a connection waits for the lock of another one.
	lockTime = 5 * time.Second
)

// sqliteFile is the database in the data folder. SQLite lets one connection
// write; with one connection for it, writers wait in line instead of failing.
type sqliteFile struct {
	path        string
	lock        io.Closer
	write, read *sql.DB
}

func (s *Store) openSQLite(ctx context.Context, c Config) error {
	f := &sqliteFile{path: filepath.Join(c.Folder, fileName)}
	if err := f.open(ctx, c.Folder); err != nil {
		return errors.Join(err, f.close())
	}
	s.engine, s.write, s.read = f, f.write, f.read
	return nil
}

func (f *sqliteFile) open(ctx context.Context, folder string) (err error) {
	if err := secret.MakeFolder(folder); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if f.lock, err = lockFile(filepath.Join(folder, lockName)); err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	if err := create(f.path); err != nil {
		return err
	}
	if err := checkLog(f.path + "-wal"); err != nil {
		return err
	}
	if f.write, err = connect(f.path, 1, lockTime, "_txlock=immediate"); err != nil {
		return err
	}
	if f.read, err = connect(f.path, readers, lockTime, "_query_only=1"); err != nil {
		return err
	}
	err = migrate(ctx, f.write, goose.DialectSQLite3, "sqlite")
	switch {
	case err == nil:
		return nil
	case f.trouble(err) == damaged:
		return fmt.Errorf("%s: %s (%w)", f.path, damageAdvice, err)
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// create makes an empty file, for its owner alone; SQLite gives the files beside
// it the same mode. Its entry in the folder is made durable.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the data folder cannot be written to: %w", err)
	}
	return errors.Join(file.Sync(), file.Close(), syncFolder(filepath.Dir(path)))
}

// connect opens connections to the file, which wait so long for others' locks. FULL
// makes a commit wait for the disk, and secure_delete writes zeros over what is
// deleted. It does not reach every byte: see tidy.
func connect(path string, most int, locks time.Duration, options string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: slashed(absolute), RawQuery: fmt.Sprintf(
		"%s&_busy_timeout=%d&_journal_mode=WAL&_synchronous=FULL&_pragma=secure_delete(1)", options, locks.Milliseconds())}
	connector, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// slashed is a path as URLs have it: that of a Windows drive begins with a slash.
func slashed(path string) string {
	if filepath.VolumeName(path) != "" {
		return "/" + filepath.ToSlash(path)
	}
	return path
}

func (f *sqliteFile) close() error {
	var errs []error
	for _, db := range []*sql.DB{f.read, f.write} { // the last one to close tidies up
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if f.lock != nil {
		errs = append(errs, f.lock.Close())
	}
	return errors.Join(errs...)
}

// code is SQLite's primary result code.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func (f *sqliteFile) trouble(err error) trouble {
	switch code(err) {
	case lib.SQLITE_FULL:
		return full
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_ERROR: // the last is of tables that are not as they were made
		return damaged
	}
	if err != nil && strings.Contains(err.Error(), "sql: Scan error") { // a column has what none of its kind may
		return damaged
	}
	return other
}

// isolation needs no word: a transaction that reads sees one moment.
func (f *sqliteFile) isolation() sql.IsolationLevel { return sql.LevelDefault }

// hold has nothing to do: the system holds the lock as long as the process lives.
func (f *sqliteFile) hold(context.Context) error { return nil }
