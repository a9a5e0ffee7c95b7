package qr

import (
	"strings"

	"rsc.io/qr"
)

// Black on white by their numbers in the palette of 256 colours, which themes
// leave alone, unlike the first sixteen.
const (
	colours = "\x1b[38;5;16;48;5;231m"
	reset   = "\x1b[0m"
)

// Terminal is the code in half blocks, two rows of squares to a line. It sets
// black on white itself, so that a dark terminal shows it as a light one does.
func Terminal(link string) (string, error) {
	code, err := encode(link)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString(colours)
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(block(code, x, y))
		}
		b.WriteString(reset + "\n")
	}
	return b.String(), nil
}

func block(code *qr.Code, x, y int) string {
	switch upper, lower := code.Black(x, y), code.Black(x, y+1); {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
