package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/config/secret"
)

// Why something was not done, where it matters to the caller.
var (
	// ErrInUse is Open's, for a database that another hawker has open.
	ErrInUse = errors.New("another hawker uses this database")
	// ErrConflict is for an event whose number is taken by another one. What the
	// caller knows is old: it must Load again.
	ErrConflict = errors.New("another hawker writes to this database")
	// ErrAnswered is for a receipt whose key has another one already.
	ErrAnswered = errors.New("this key has an answer already")
	// ErrBusy is for a click when too many are waiting.
	ErrBusy = errors.New("too many clicks are waiting to be written down")
	// ErrFull is for what found no space on the disk. Nothing of it was written.
	ErrFull = errors.New("the disk of the database is full")
	// ErrEnded is for a click after Run has ended.
	ErrEnded = errors.New("the store has ended")
)

const (
	// patience is how long an operation may take, waiting for other ones and, at
	// PostgreSQL, for a server that restarts included.
	patience = 10 * time.Second
	// readPatience is how long it may take to read the whole log.
	readPatience = 2 * time.Minute
)

// Config says where the database is.
type Config struct {
	// Folder is that of the file hawker.db. It is made, with mode 0700, if it is
	// not there. Unused with URL.
	Folder string
	// URL is that of a PostgreSQL database, such as
	// postgres://user:password@host:5432/hawker. Empty is for SQLite.
	URL secret.Secret
	// Logger is told of troubles that Run goes on after. Nil discards them.
	Logger *slog.Logger
}

// Store is an open database. Its methods may be called at the same time.
type Store struct {
	engine engine
	// write and read are the same for PostgreSQL.
	write, read *sql.DB
	logger      *slog.Logger
	clicks      chan *waiting
	visits      visits
	// ended is closed when Run has ended.
	ended chan struct{}
	// untidy says that there may be traces of deleted rows. At the beginning there
	// may: who knows what the hawker before did not come to.
	untidy atomic.Bool
	// erased tells Run to tidy up soon.
	erased chan struct{}
	// tidying has room for the one who tidies up.
	tidying chan struct{}
}

// engine is what differs from one database to the other.
type engine interface {
	// trouble says what kind of error it is.
	trouble(error) trouble
	// hold keeps others out, until ctx ends.
	hold(ctx context.Context) error
	// isolation is that of a read that sees one moment.
	isolation() sql.IsolationLevel
	// tidy wipes away the traces of deleted rows, for they may be personal. Nobody
	// waits for it longer than a moment; it rather fails.
	tidy(ctx context.Context) error
	close() error
}

type trouble int

const (
	other   trouble = iota
	taken           // a row with that key is there
	full            // no space
	damaged         // what is there is not what was written
	lost            // the connection broke: it is unknown how the transaction went
)

// Open opens the database, makes it if it is not there, and brings its tables up
// to date. It starts nothing; Run does.
func Open(ctx context.Context, c Config) (*Store, error) {
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	s := &Store{logger: c.Logger, clicks: make(chan *waiting, maxWaiting), ended: make(chan struct{}), tidying: make(chan struct{}, 1), erased: make(chan struct{}, 1), visits: visits{turn: make(chan struct{}, 1)}}
	s.untidy.Store(true)
	open := s.openSQLite
	if !c.URL.Empty() {
		open = s.openPostgres
	}
	if err := open(ctx, c); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return s, nil
}

// Close closes the database. Call it after Run has ended.
func (s *Store) Close() error {
	if err := s.engine.close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// transact runs do in one transaction, which is durable when it returns nil. An
// end of ctx does not reach it: nobody would know how the transaction went.
func (s *Store) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return within(ctx, s.write, nil, do)
}

func within(ctx context.Context, db *sql.DB, options *sql.TxOptions, do func(context.Context, *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone passes over a transaction that has been rolled back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// explain says what was being done, and what is to be done where space is wanting
// or the database is damaged.
func (s *Store) explain(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	switch s.engine.trouble(err) {
	case full:
		return fmt.Errorf("%s: %w: make room, and it goes on (%w)", what, ErrFull, err)
	case damaged:
		return fmt.Errorf("%s: %s (%w)", what, damageAdvice, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

const damageAdvice = "the database is damaged, or not one of hawker: use a backup of it"
