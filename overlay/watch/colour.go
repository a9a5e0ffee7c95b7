package watch

import (
	"fmt"
	"math"
	"strconv"
)

// The colours of a seller who has chosen none.
const (
	plainAccent = "#c2185b"
	plainHeader = "#15181f"
)

// brandCSS is the style sheet of a brand: its colours, and what can be read on
// them.
func brandCSS(b *Brand) []byte {
	accent, header := plainAccent, plainHeader
	if b.Accent != "" {
		accent = b.Accent
	}
	if b.Header != "" {
		header = b.Header
	}
	return fmt.Appendf(nil, ":root {\n  --accent: %s;\n  --on-accent: %s;\n  --header: %s;\n  --on-header: %s;\n}\n",
		accent, readableOn(accent), header, readableOn(header))
}

// readableOn is black or white, whichever has the greater contrast: at least
// 4.58 on any colour, and 4.5 is asked for (WCAG 2.2, 1.4.3).
func readableOn(background string) string {
	l := luminance(background)
	if (l+0.05)/0.05 > 1.05/(l+0.05) {
		return "#000"
	}
	return "#fff"
}

// luminance is the relative luminance of #rgb or #rrggbb, as in WCAG 2.2.
func luminance(hex string) float64 {
	digits := hex[1:]
	if len(digits) == 3 {
		digits = digits[:1] + digits[:1] + digits[1:2] + digits[1:2] + digits[2:] + digits[2:]
	}
	n, _ := strconv.ParseUint(digits, 16, 32) // check has seen that it is one
	linear := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}
