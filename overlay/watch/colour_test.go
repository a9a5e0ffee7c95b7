package watch

import (
	"fmt"
	"testing"
)

// Whatever colour a seller chooses, what is written on it can be read: WCAG AA
// asks for 4.5.
func TestTextCanBeReadOnEveryColour(t *testing.T) {
	contrast := func(a, b string) float64 {
		l, m := luminance(a), luminance(b)
		return (max(l, m) + 0.05) / (min(l, m) + 0.05)
	}
	for n := 0; n < 1<<24; n += 257 {
		c := fmt.Sprintf("#%06x", n)
		if got := contrast(c, readableOn(c)); got < 4.5 {
			t.Fatalf("on %s %s has a contrast of %.2f", c, readableOn(c), got)
		}
	}
	if got := contrast("#000", "#fff"); got != 21 {
		t.Errorf("black on white is %v, want 21", got)
	}
	if got := contrast("#767676", "#ffffff"); got < 4.54 || got > 4.55 {
		t.Errorf("the specification's example is %v, want 4.54", got)
	}
}
