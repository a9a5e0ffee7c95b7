package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// board shows things that go on side by side: on a terminal a line each, drawn
// again when one changes; elsewhere a line for each as it is done.
type board struct {
	out   io.Writer
	width int // of the terminal in columns; 0 without one

	mu    sync.Mutex // guards the rest
	rows  []string
	drawn bool
}

// newBoard shows rows from the start; they are short, since a line that a
// terminal breaks in two cannot be drawn over.
func newBoard(out io.Writer, rows []string) *board {
	b := &board{out: out, width: terminalWidth(out), rows: rows}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draw()
	return b
}

func terminalWidth(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// set changes row i. What is not done is for terminals alone.
func (b *board) set(i int, text string, done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows[i] = text
	if b.width > 0 {
		b.draw()
	} else if done {
		_, _ = fmt.Fprintln(b.out, text)
	}
}

// draw writes all rows, over those of the time before (ECMA-48: up by n lines,
// clear to the end of the line). The caller holds mu.
func (b *board) draw() {
	if b.width == 0 || len(b.rows) == 0 {
		return
	}
	var s strings.Builder
	if b.drawn {
		fmt.Fprintf(&s, "\x1b[%dA", len(b.rows))
	}
	for _, row := range b.rows {
		if r := []rune(row); len(r) >= b.width {
			row = string(r[:b.width-1])
		}
		s.WriteString("\r\x1b[K" + row + "\n")
	}
	b.drawn = true
	_, _ = io.WriteString(b.out, s.String())
}
