package overlay

import (
	"errors"
	"fmt"
	"strings"
)

// Why nothing has changed. The text of an error that is one of these says it to
// a person.
var (
	// ErrNotFound is for an offer, banner or stream that is not there.
	ErrNotFound = errors.New("not found")
	// ErrConflict is for what cannot be done as things are now.
	ErrConflict = errors.New("not as things are")
	// ErrUndisclosed is for an offer whose disclosure has not been decided.
	ErrUndisclosed = errors.New("no disclosure decision")
	// ErrSoldOut is for an offer of which nothing is left.
	ErrSoldOut = errors.New("sold out")
)

// reason is one of the errors above, in words of its own.
type reason struct {
	kind error
	text string
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

func because(kind error, format string, args ...any) error {
	return &reason{kind, fmt.Sprintf(format, args...)}
}

// Invalid is everything that is wrong with one thing.
type Invalid struct {
	// What it is, such as "offer honey".
	What string
	// Fields are what is wrong, field by field.
	Fields []FieldError
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Error lists all of it.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + " " + f.Detail
	}
	return e.What + ": " + strings.Join(parts, "; ")
}

// wrongs collects what is wrong.
type wrongs struct {
	what   string
	fields []FieldError
}

func (w *wrongs) check(field string, err error) {
	if err != nil {
		w.fields = append(w.fields, FieldError{field, err.Error()})
	}
}

func (w *wrongs) err() error {
	if len(w.fields) == 0 {
		return nil
	}
	return &Invalid{strings.TrimSpace(w.what), w.fields}
}
