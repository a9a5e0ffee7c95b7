package media

import (
	"strings"
	"testing"
)

// TestGuarded is inside the package: no bytes are known that make the parsers
// panic, so that only a parser that does it on purpose shows the guard.
func TestGuarded(t *testing.T) {
	parse := func(b []byte) error { _ = b[3]; return nil }
	err := guarded(parse, []byte{1})
	if err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("got %v", err)
	}
	if err := guarded(parse, []byte{1, 2, 3, 4}); err != nil {
		t.Error(err)
	}
}
