package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// insertRows is how many rows one statement inserts. SQLite takes a time that grows
// with the square of the number of parameters.
const insertRows = 50

// insertMany inserts rows. What each statement is to end with, such as what to do
// about keys that are there, is in then.
func insertMany(ctx context.Context, tx *sql.Tx, table, columns, then string, rows [][]any) error {
	for part := range slices.Chunk(rows, insertRows) {
		if _, err := tx.ExecContext(ctx, insert(table, columns, len(part))+then, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// insert is a statement for n rows. Both databases number parameters as $1.
func insert(table, columns string, n int) string {
	width := strings.Count(columns, ",") + 1
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + columns + ") VALUES ")
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}

// each calls do for every row, and closes rows.
func each(rows *sql.Rows, do func() error) error {
	for rows.Next() {
		if err := do(); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
