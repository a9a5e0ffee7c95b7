package require

import (
	"os"
	"testing"
	"time"
)

const (
	// Tier is the variable that, with the value "nightly", runs the tests that
	// take minutes and the whole machine.
	Tier = "HAWKER_TEST_TIER"
	// Length is the variable that bounds how long each of these goes on, such
	// as 30s, for a look by hand. What they promise is shown at full length only.
	Length = "HAWKER_TEST_LENGTH"
)

// Nightly skips the test unless Tier asks for it. Such a test has the machine
// to itself: it must not be parallel, and packages are run one at a time.
func Nightly(t testing.TB) {
	t.Helper()
	if os.Getenv(Tier) != "nightly" {
		t.Skipf("takes long: runs with %s=nightly", Tier)
	}
}

// For is how long a nightly test is to go on: as long as it wants, or as Length
// allows.
func For(t testing.TB, whole time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(Length)
	if text == "" {
		return whole
	}
	most, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", Length, err)
	}
	return min(whole, most)
}
