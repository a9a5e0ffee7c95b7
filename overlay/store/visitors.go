package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"slices"
	"time"
)

const saltSize = 32

// visit is one visitor's on one day and offer.
type visit struct {
	day, offer string
	hash       [16]byte
}

// dayOf names a day, so that names sort as days do.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// meetVisitors finds the first click of each visitor on a day and offer. Who is
// met the first time is remembered.
func meetVisitors(ctx context.Context, tx *sql.Tx, batch []*waiting) error {
	visits, all, err := visitsOf(ctx, tx, batch)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(all, insertRows) {
		rows, err := tx.QueryContext(ctx, insert("hawker_visitors", "day, offer, hash", len(part))+
			" ON CONFLICT DO NOTHING RETURNING day, offer, hash", slices.Concat(part...)...)
		if err != nil {
			return err
		}
		if err := markFirst(rows, visits); err != nil {
			return err
		}
	}
	return nil
}

// markFirst marks the clicks whose visits are new.
func markFirst(rows *sql.Rows, visits map[visit]*waiting) error {
	return each(rows, func() error {
		var v visit
		var hash []byte
		err := rows.Scan(&v.day, &v.offer, &hash)
		copy(v.hash[:], hash)
		if w := visits[v]; w != nil {
			w.first = true
		}
		return err
	})
}

// visitsOf gives the first click of each visit in the batch, and the visits as
// rows.
func visitsOf(ctx context.Context, tx *sql.Tx, batch []*waiting) (map[visit]*waiting, [][]any, error) {
	salts := map[string][]byte{}
	visits := map[visit]*waiting{}
	var rows [][]any
	for _, w := range batch {
		w.first = false
		v := visit{day: dayOf(w.click.At), offer: w.click.Offer}
		if salts[v.day] == nil {
			salt, err := saltOf(ctx, tx, v.day)
			if err != nil {
				return nil, nil, err
			}
			salts[v.day] = salt
		}
		v.hash = hash(salts[v.day], w.click.Visitor)
		if visits[v] == nil {
			visits[v] = w
			rows = append(rows, []any{v.day, v.offer, v.hash[:]})
		}
	}
	return visits, rows, nil
}

func hash(salt []byte, visitor string) [16]byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(visitor))
	return [16]byte(mac.Sum(nil))
}

// saltOf reads a day's salt, or makes it. It is never kept in memory, where it
// might outlive its day.
func saltOf(ctx context.Context, tx *sql.Tx, day string) (salt []byte, err error) {
	fresh := make([]byte, saltSize)
	rand.Read(fresh)
	if _, err := tx.ExecContext(ctx, "INSERT INTO hawker_salts (day, salt) VALUES ($1, $2) ON CONFLICT DO NOTHING", day, fresh); err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT salt FROM hawker_salts WHERE day = $1", day).Scan(&salt)
	return salt, err
}
