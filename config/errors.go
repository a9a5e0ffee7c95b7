package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a file.
type Error struct {
	// File is the path as it was given to Load.
	File string
	// Line and Column count from 1, columns in characters.
	Line, Column int
	// Path names the field, as in streams[0].destinations[1].url; empty for
	// the file as a whole.
	Path string
	// Message says what is wrong and what to write. It holds no secret.
	Message string
}

// Error returns file:line:column: path: message.
func (e Error) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Path != "" {
		at += e.Path + ": "
	}
	return at + e.Message
}

// Errors is everything that is wrong with a file, in the order of its lines.
type Errors []Error

// Error returns one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
