package main

import (
	"bytes"
	"testing"
)

func TestBoard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		want  string
	}{
		{"on a terminal", 10, "\r\x1b[Ka ...\n\r\x1b[Kb ...\n" +
			"\x1b[2A\r\x1b[Ka step\n\r\x1b[Kb ...\n" +
			"\x1b[2A\r\x1b[Ka step\n\r\x1b[Kb ok, 123\n"}, // cut where the line would break
		{"in a file", 0, "b ok, 12345678\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			b := &board{out: &out, width: tt.width, rows: []string{"a ...", "b ..."}}
			b.draw()
			b.set(0, "a step", false)
			b.set(1, "b ok, 12345678", true)
			if got := out.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
