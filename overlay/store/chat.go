package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// LoadChat returns what was kept of all chats: the latest messages of each stream,
// as many as wanted, and all the rest.
func (s *Store) LoadChat(ctx context.Context, messages int) (overlay.ChatKept, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	kept := overlay.ChatKept{Settings: map[string]overlay.ChatSettings{}}
	err := within(ctx, s.read, &sql.TxOptions{ReadOnly: true, Isolation: s.engine.isolation()}, func(ctx context.Context, tx *sql.Tx) error {
		last := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM hawker_chat_messages")
		return errors.Join(last.Scan(&kept.LastID), loadMessages(ctx, tx, messages, &kept), loadSanctions(ctx, tx, &kept), loadSettings(ctx, tx, &kept))
	})
	if err != nil {
		return overlay.ChatKept{}, s.explain(err, "read chats")
	}
	return kept, nil
}

// latestMessages takes as long as there are streams, however much is kept: it goes
// from name to name in the index, and back from the end of each.
const latestMessages = `
	WITH RECURSIVE streams (name) AS (
		SELECT MIN(stream) FROM hawker_chat_messages
		UNION ALL
		SELECT (SELECT MIN(stream) FROM hawker_chat_messages WHERE stream > name) FROM streams WHERE name IS NOT NULL
	)
	SELECT id, stream, at, viewer, nickname, role, text FROM streams JOIN hawker_chat_messages ON stream = name
	WHERE id >= COALESCE((SELECT id FROM hawker_chat_messages WHERE stream = name ORDER BY id DESC LIMIT 1 OFFSET $1 - 1), 0)
	ORDER BY id`

func loadMessages(ctx context.Context, tx *sql.Tx, most int, into *overlay.ChatKept) error {
	rows, err := tx.QueryContext(ctx, latestMessages, int64(most))
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var m overlay.ChatMessage
		var at int64
		err := rows.Scan(&m.ID, &m.Stream, &at, &m.Viewer, &m.Nickname, &m.Role, &m.Text)
		m.At = time.UnixMilli(at).UTC()
		into.Messages = append(into.Messages, m)
		return err
	})
}

func loadSanctions(ctx context.Context, tx *sql.Tx, into *overlay.ChatKept) error {
	rows, err := tx.QueryContext(ctx, "SELECT stream, viewer, kind, until, address, day FROM hawker_chat_sanctions ORDER BY stream, viewer")
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var one overlay.ChatSanction
		var until int64
		err := rows.Scan(&one.Stream, &one.Viewer, &one.Kind, &until, &one.Address, &one.Day)
		one.Until = time.UnixMilli(until).UTC()
		into.Sanctions = append(into.Sanctions, one)
		return err
	})
}

func loadSettings(ctx context.Context, tx *sql.Tx, into *overlay.ChatKept) error {
	rows, err := tx.QueryContext(ctx, "SELECT stream, data FROM hawker_chat_settings")
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var stream, data string
		if err := rows.Scan(&stream, &data); err != nil {
			return err
		}
		var settings overlay.ChatSettings
		if err := json.Unmarshal([]byte(data), &settings); err != nil {
			return fmt.Errorf("the settings of %s: %w", stream, err)
		}
		into.Settings[stream] = settings
		return nil
	})
}

// WriteChat makes changes in their order, in one transaction that is durable when
// it returns. To make them again is no mistake, and is done when the connection
// broke and it is not known how the transaction went.
func (s *Store) WriteChat(ctx context.Context, changes []overlay.ChatChange) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var erased int64
	var err error
	for pause := firstRetry; ; pause *= 2 {
		err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			erased, err = writeChanges(ctx, tx, changes)
			return err
		})
		if s.engine.trouble(err) != lost || !wait(ctx, pause) {
			break
		}
	}
	if err != nil {
		return s.explain(err, "write down the chat")
	}
	if erased > 0 {
		// It is gone from the tables. What is left beside them takes its time, and
		// those who write wait for this.
		s.untidy.Store(true)
		select {
		case s.erased <- struct{}{}:
		default:
		}
	}
	return nil
}

// writeChanges says how many messages were erased.
func writeChanges(ctx context.Context, tx *sql.Tx, changes []overlay.ChatChange) (erased int64, err error) {
	for i := 0; i < len(changes); {
		if changes[i].Message != nil {
			n, err := insertMessages(ctx, tx, changes[i:])
			if err != nil {
				return 0, err
			}
			i += n
			continue
		}
		n, err := writeChange(ctx, tx, &changes[i])
		if err != nil {
			return 0, err
		}
		erased += n
		i++
	}
	return erased, nil
}

// insertMessages writes the messages with which changes begin, and says how many
// there are.
func insertMessages(ctx context.Context, tx *sql.Tx, changes []overlay.ChatChange) (n int, err error) {
	var rows [][]any
	for ; n < len(changes) && changes[n].Message != nil; n++ {
		m := changes[n].Message
		rows = append(rows, []any{int64(m.ID), m.Stream, m.At.UnixMilli(), m.Viewer, m.Nickname, string(m.Role), m.Text})
	}
	return n, insertMany(ctx, tx, "hawker_chat_messages", "id, stream, at, viewer, nickname, role, text", " ON CONFLICT (id) DO NOTHING", rows)
}

func writeChange(ctx context.Context, tx *sql.Tx, c *overlay.ChatChange) (erased int64, err error) {
	switch {
	case c.Deleted != 0:
		return 0, execute(ctx, tx, "DELETE FROM hawker_chat_messages WHERE id = $1 AND stream = $2", int64(c.Deleted), c.Stream)
	case c.Cleared:
		return 0, execute(ctx, tx, "DELETE FROM hawker_chat_messages WHERE viewer = $1 AND stream = $2", c.Viewer, c.Stream)
	case c.Erased:
		done, err := tx.ExecContext(ctx, "DELETE FROM hawker_chat_messages WHERE viewer = $1", c.Viewer)
		if err != nil {
			return 0, err
		}
		return done.RowsAffected()
	case c.Sanction != nil:
		one := c.Sanction
		return 0, execute(ctx, tx, insert("hawker_chat_sanctions", "stream, viewer, kind, until, address, day", 1)+` ON CONFLICT (stream, viewer) DO UPDATE SET
			kind = excluded.kind, until = excluded.until, address = excluded.address, day = excluded.day`,
			one.Stream, one.Viewer, string(one.Kind), one.Until.UnixMilli(), one.Address, one.Day)
	case c.Lifted:
		return 0, execute(ctx, tx, "DELETE FROM hawker_chat_sanctions WHERE viewer = $1 AND stream = $2", c.Viewer, c.Stream)
	case c.Settings != nil:
		data, err := json.Marshal(c.Settings)
		if err != nil {
			return 0, err
		}
		return 0, execute(ctx, tx, insert("hawker_chat_settings", "stream, data", 1)+" ON CONFLICT (stream) DO UPDATE SET data = excluded.data", c.Stream, string(data))
	}
	return 0, nil
}

func execute(ctx context.Context, tx *sql.Tx, text string, args ...any) error {
	_, err := tx.ExecContext(ctx, text, args...)
	return err
}

// PruneChat deletes messages that are older than before, sanctions that have ended
// by now, and the hashes of addresses whose day (UTC) is over.
func (s *Store) PruneChat(ctx context.Context, before, now time.Time) error {
	_, err1 := s.deleteAll(ctx, "DELETE FROM hawker_chat_messages WHERE id IN (SELECT id FROM hawker_chat_messages WHERE at < $1 LIMIT $2)", before.UnixMilli())
	_, err2 := s.deleteAll(ctx, `DELETE FROM hawker_chat_sanctions WHERE (stream, viewer) IN
		(SELECT stream, viewer FROM hawker_chat_sanctions WHERE until <= $1 LIMIT $2)`, now.UnixMilli())
	_, err3 := s.deleteAll(ctx, `UPDATE hawker_chat_sanctions SET address = NULL, day = '' WHERE (stream, viewer) IN
		(SELECT stream, viewer FROM hawker_chat_sanctions WHERE day <> '' AND day < $1 LIMIT $2)`, dayOf(now))
	if err := errors.Join(err1, err2, err3, s.tidy(ctx)); err != nil {
		return s.explain(err, "delete what is old of the chat")
	}
	return nil
}

// DaySalt is the salt of a day (UTC). It is deleted when the day is over, and must
// not be kept elsewhere for longer.
func (s *Store) DaySalt(ctx context.Context, day string) (salt []byte, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		salt, err = saltOf(ctx, tx, day)
		return err
	})
	if err != nil {
		return nil, s.explain(err, "read the salt of a day")
	}
	return salt, nil
}
