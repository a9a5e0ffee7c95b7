package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// lockClass is the first half of the advisory lock's key; the second one
	// stands for the schema, as a database may have several.
	lockClass = 0x6861776b // "hawk"
	// lockPatience is how long the server may take to notice that the hawker
	// before this one is gone.
	lockPatience = 5 * time.Second
	lockRetry    = 100 * time.Millisecond
	// lockCheck is how often the lock is looked at.
	lockCheck = time.Second
)

// serverLock is an advisory lock. It lives as long as the connection that took it.
// It is a courtesy to people who start hawker twice: should two write all the
// same, each event's number is unique, and one of them gets ErrConflict.
type serverLock struct {
	db     *sql.DB
	logger *slog.Logger

	mu   sync.Mutex // guards conn
	conn *sql.Conn
}

// takeSoon waits a moment for a hawker that has just ended.
func (l *serverLock) takeSoon(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for inUse := false; ; inUse = true {
		err := l.take(ctx)
		if inUse && err != nil && ctx.Err() != nil {
			return ErrInUse // as the last one who could ask was told
		}
		if !errors.Is(err, ErrInUse) || !wait(within, lockRetry) {
			return err
		}
	}
}

func (l *serverLock) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	var ok bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1::int4, hashtext(COALESCE(current_schema(), '')))", int64(lockClass)).Scan(&ok)
	if err == nil && !ok {
		err = ErrInUse
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	return nil
}

func (l *serverLock) close() error {
	l.mu.Lock()
	conn := l.conn
	l.conn = nil
	l.mu.Unlock()
	if conn == nil {
		return nil
	}
	// The pool would keep the connection, and the lock with it, until it is closed
	// itself, which comes next.
	if err := conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("give the lock back: %w", err)
	}
	return nil
}

// hold looks after the lock, and takes it again when its connection was lost. It
// says so once for each reason.
func (l *serverLock) hold(ctx context.Context) error {
	said := ""
	for wait(ctx, lockCheck) {
		err := l.check(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && err.Error() != said:
			said = err.Error()
			l.logger.Error("the lock that keeps other hawkers from this database is lost; trying to take it again", "err", err)
		case err == nil && said != "":
			said = ""
			l.logger.Info("the lock that keeps other hawkers from this database is taken again")
		}
	}
	return nil
}

// check finds the lock held, or takes it again. The first check after a loss
// tells of it, whether or not the lock could be had again at once.
func (l *serverLock) check(ctx context.Context) error {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn == nil {
		return l.take(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := conn.QueryRowContext(ctx, "SELECT 1").Scan(new(int))
	if err == nil {
		return nil
	}
	return errors.Join(err, l.close())
}
