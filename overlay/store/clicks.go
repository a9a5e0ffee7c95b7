package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hawker-live/hawker/overlay"
)

const (
	// maxWaiting is how many clicks may wait for their transaction.
	maxWaiting = 4096
	// maxBatch is how many are written in one.
	maxBatch = 1000
	// maxName is the longest name of an offer or destination, and maxVisitor how
	// much of a visitor's marks counts, in bytes. They bound what waits.
	maxName    = 200
	maxVisitor = 4096
)

// waiting is a click on its way. Whoever closes done has filled in the rest.
type waiting struct {
	click overlay.Click
	done  chan struct{}
	first bool
	err   error
}

// Click writes down a click, and is back when that is durable. It says whether it
// is the visitor's first on that day (UTC) and offer. It needs Run, which writes
// all that wait together. When ctx ends before, the click may or may not count.
func (s *Store) Click(ctx context.Context, c overlay.Click) (first bool, err error) {
	w, err := newWaiting(c)
	if err != nil {
		return false, fmt.Errorf("count a click: %w", err)
	}
	select {
	case s.clicks <- w:
	default:
		return false, ErrBusy
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		return false, fmt.Errorf("count a click: %w", ctx.Err())
	case <-s.ended:
		return w.atEnd()
	}
	return w.first, w.err
}

// atEnd is for when Run has ended: it may have written the click at the last.
func (w *waiting) atEnd() (bool, error) {
	select {
	case <-w.done:
		return w.first, w.err
	default:
		return false, ErrEnded
	}
}

func newWaiting(c overlay.Click) (*waiting, error) {
	if err := checkText(c.Offer); err != nil {
		return nil, fmt.Errorf("the offer %w", err)
	}
	if err := checkText(c.Destination); err != nil {
		return nil, fmt.Errorf("the destination %w", err)
	}
	c.Visitor = c.Visitor[:min(len(c.Visitor), maxVisitor)]
	return &waiting{click: c, done: make(chan struct{})}, nil
}

// checkText refuses what PostgreSQL would: one bad click must not spoil the
// transaction of many.
func checkText(text string) error {
	if len(text) > maxName || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fmt.Errorf("must be at most %d bytes of text", maxName)
	}
	return nil
}

// writeClicks writes what waits, until ctx ends; then what still waits.
func (s *Store) writeClicks(ctx context.Context) {
	defer close(s.ended)
	for {
		select {
		case w := <-s.clicks:
			s.writeWaiting(w)
			continue
		case <-ctx.Done():
		}
		select {
		case w := <-s.clicks:
			s.writeWaiting(w)
		default:
			return
		}
	}
}

func (s *Store) writeWaiting(w *waiting) {
	batch := []*waiting{w}
	for more := true; more && len(batch) < maxBatch; {
		select {
		case w := <-s.clicks:
			batch = append(batch, w)
		default:
			more = false
		}
	}
	err := s.transact(context.Background(), func(ctx context.Context, tx *sql.Tx) error { return insertClicks(ctx, tx, batch) })
	if err != nil {
		err = s.explain(err, "count a click")
	}
	for _, w := range batch {
		w.first, w.err = w.first && err == nil, err
		close(w.done)
	}
}

func insertClicks(ctx context.Context, tx *sql.Tx, batch []*waiting) error {
	if err := meetVisitors(ctx, tx, batch); err != nil {
		return err
	}
	rows := make([][]any, len(batch))
	for i, w := range batch {
		rows[i] = []any{w.click.Offer, w.click.Destination, w.click.At.UnixMilli(), w.first}
	}
	if err := insertMany(ctx, tx, "hawker_clicks", "offer, destination, at, first", "", rows); err != nil {
		return err
	}
	return insertMany(ctx, tx, "hawker_click_counts", "offer, destination, clicks, visitors", addUp, countUp(batch))
}

// addUp adds to counts that are there.
const addUp = ` ON CONFLICT (offer, destination) DO UPDATE SET
	clicks = hawker_click_counts.clicks + excluded.clicks,
	visitors = hawker_click_counts.visitors + excluded.visitors`

// countUp sums a batch, as one statement may touch a row only once.
func countUp(batch []*waiting) [][]any {
	counts := map[[2]string]*overlay.ClickCount{}
	for _, w := range batch {
		key := [2]string{w.click.Offer, w.click.Destination}
		if counts[key] == nil {
			counts[key] = &overlay.ClickCount{}
		}
		counts[key].Clicks++
		if w.first {
			counts[key].Visitors++
		}
	}
	rows := make([][]any, 0, len(counts))
	for key, c := range counts {
		rows = append(rows, []any{key[0], key[1], c.Clicks, c.Visitors})
	}
	return rows
}

// Clicks are the counts of an offer by destination, or of all if offer is empty.
func (s *Store) Clicks(ctx context.Context, offer string) ([]overlay.ClickCount, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, args := "SELECT offer, destination, clicks, visitors FROM hawker_click_counts", []any{}
	if offer != "" {
		text, args = text+" WHERE offer = $1", []any{offer}
	}
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.explain(err, "read clicks")
	}
	counts, err := scanCounts(rows)
	if err != nil {
		return nil, s.explain(err, "read clicks")
	}
	return counts, nil
}

// scanCounts sorts by itself: databases have orders of text of their own.
func scanCounts(rows *sql.Rows) (counts []overlay.ClickCount, err error) {
	err = each(rows, func() error {
		var c overlay.ClickCount
		err := rows.Scan(&c.Offer, &c.Destination, &c.Clicks, &c.Visitors)
		counts = append(counts, c)
		return err
	})
	slices.SortFunc(counts, func(a, b overlay.ClickCount) int {
		return cmp.Or(cmp.Compare(a.Offer, b.Offer), cmp.Compare(a.Destination, b.Destination))
	})
	return counts, err
}
