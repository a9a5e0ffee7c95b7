package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// anew writes tables, and their indexes, to new files. Deleted rows would stay in
// the old ones: VACUUM does not write over them, and even VACUUM (FULL) copies what
// somebody's older snapshot sees. A change of type that computes each value copies
// only what is there; https://www.postgresql.org/docs/current/mvcc-caveats.html.
var anew = []string{
	"ALTER TABLE hawker_salts ALTER COLUMN salt TYPE BYTEA USING salt || ''",
	"ALTER TABLE hawker_visitors ALTER COLUMN hash TYPE BYTEA USING hash || ''",
	"ALTER TABLE hawker_chat_messages ALTER COLUMN text TYPE TEXT USING text || ''",
	"ALTER TABLE hawker_chat_sanctions ALTER COLUMN kind TYPE TEXT USING kind || ''",
}

// tidy is quick, as the tables are small: those of a day, and a day of chat. It has a connection of
// its own, which does not wait long for a lock: others would wait behind it. The
// server's write-ahead log, replicas and backups are its operator's.
func (p *postgres) tidy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return p.plain(err)
	}
	_, err = conn.Exec(ctx, "SELECT set_config('lock_timeout', '500ms', false)")
	for _, statement := range anew {
		if err == nil {
			_, err = conn.Exec(ctx, statement)
		}
	}
	return errors.Join(err, conn.Close(ctx))
}
