// Package qr draws a link as a QR code: for a page, a file and a terminal. It
// wraps rsc.io/qr.
//
// Error correction is level M, which bears a video codec's blur and still keeps
// the squares large. All forms are dark on light with the quiet zone of four
// squares that ISO/IEC 18004 asks for: what is around a code on a stream is
// seldom light.
//
// Belongs here: drawing. Does not: what the link is.
package qr

import (
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr"
)

const (
	quiet = 4 // squares of nothing on each side
	// MaxLink is the length of the longest link, in bytes. A code of more is too
	// fine to be scanned from a picture.
	MaxLink = 300
	// MaxScale is the largest size of a square in a PNG, in pixels.
	MaxScale = 64
)

func encode(link string) (*qr.Code, error) {
	if link == "" || len(link) > MaxLink {
		return nil, fmt.Errorf("a link of %d bytes: a QR code holds 1 to %d", len(link), MaxLink)
	}
	return qr.Encode(link, qr.M)
}

// SVG is a picture of any size.
func SVG(link string) ([]byte, error) {
	code, err := encode(link)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	size := code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, size, size)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; {
			run := 0
			for code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += run + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return []byte(b.String()), nil
}

// PNG is a picture whose squares are scale pixels wide, 1 to MaxScale.
func PNG(link string, scale int) ([]byte, error) {
	if scale < 1 || scale > MaxScale {
		return nil, errors.New("the squares of a QR code are 1 to 64 pixels wide")
	}
	code, err := encode(link)
	if err != nil {
		return nil, err
	}
	code.Scale = scale
	return code.PNG(), nil
}
