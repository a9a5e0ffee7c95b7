package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// connections is how many there may be, that of the lock included.
	connections = 6
	dialTimeout = 5 * time.Second
)

// postgres is a database on a server.
type postgres struct {
	config *pgx.ConnConfig
	db     *sql.DB
	lock   *serverLock
}

func (s *Store) openPostgres(ctx context.Context, c Config) error {
	config, err := parse(c.URL.Reveal())
	if err != nil {
		return err
	}
	p := &postgres{config: config, db: stdlib.OpenDB(*config, stdlib.OptionAfterConnect(makeDurable))}
	p.db.SetMaxOpenConns(connections)
	p.db.SetMaxIdleConns(connections)
	p.lock = &serverLock{db: p.db, logger: c.Logger}
	if err := p.open(ctx); err != nil {
		return errors.Join(fmt.Errorf("PostgreSQL at %s: %w", p.address(), err), p.close())
	}
	s.engine, s.write, s.read = p, p.db, p.db
	return nil
}

// parse does not pass on the driver's words about a URL, which may repeat it.
func parse(url string) (*pgx.ConnConfig, error) {
	wrong := errors.New("the URL of PostgreSQL cannot be understood: write postgres://user:password@host:5432/database, with %40 for @ and the like in a password")
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, wrong
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, wrong
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "hawker"
	}
	// Inserts differ by their number of rows: statements prepared for each would
	// only take memory.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

// makeDurable overrules a server that acknowledges before it has written.
func makeDurable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

func (p *postgres) address() string {
	return net.JoinHostPort(p.config.Host, strconv.Itoa(int(p.config.Port)))
}

func (p *postgres) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	if err := p.lock.takeSoon(ctx); err != nil {
		return p.plain(err)
	}
	if err := migrate(ctx, p.db, goose.DialectPostgres, "postgres"); err != nil {
		return p.plain(err)
	}
	return nil
}

// plain says in plain words why a connection was refused, and never the password.
func (p *postgres) plain(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "28P01", "28000":
			return errors.New("it refuses the user or the password: " + refused.Message)
		case "3D000":
			return errors.New("it has no such database: " + refused.Message)
		}
		return err
	}
	if errors.As(err, new(*pgconn.ConnectError)) {
		return errors.New("it cannot be reached: " + p.mask(err.Error()))
	}
	return err
}

func (p *postgres) mask(text string) string {
	if p.config.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, p.config.Password, "***")
}

func (p *postgres) close() error {
	return errors.Join(p.lock.close(), p.db.Close())
}

func (p *postgres) trouble(err error) trouble {
	said, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok && broken(err):
		return lost
	case !ok:
		return other
	case said.Code == "23505": // unique_violation
		return taken
	case said.Code == "53100": // disk_full
		return full
	case strings.HasPrefix(said.Code, "XX00") && said.Code != "XX000": // data_corrupted, index_corrupted
		return damaged
	case strings.HasPrefix(said.Code, "57P"), strings.HasPrefix(said.Code, "08"): // it goes down, comes up, or breaks
		return lost
	}
	return other
}

// broken reports whether an error is of the connection.
func broken(err error) bool {
	for _, e := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.As(err, new(net.Error)) || errors.As(err, new(*pgconn.ConnectError)) || pgconn.SafeToRetry(err)
}

func (p *postgres) isolation() sql.IsolationLevel { return sql.LevelRepeatableRead }

func (p *postgres) hold(ctx context.Context) error { return p.lock.hold(ctx) }
