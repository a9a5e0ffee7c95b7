// Package require decides whether a test can do without a program that is not
// there. Belongs here: that decision alone. It is apart from package relaytest
// because it imports package testing.
package require

import (
	"os"
	"os/exec"
	"testing"
)

// Environment is the variable that, with the value "all", makes a missing
// program a failure instead of a reason to skip: set it where everything is
// meant to be installed.
const Environment = "HAWKER_TEST_REQUIRE"

// Program returns where a program is. Without it the test is skipped, or fails
// where Environment says so.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv(Environment) == "all" {
		t.Fatalf("%s is not installed, and %s=all wants every test to run", name, Environment)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// Tier is the variable that, with the value "nightly", lets the long tests run.
const Tier = "HAWKER_TEST_TIER"

// Nightly skips a test that takes too long for every change, unless Tier says
// that it is night. Such a test has the machine to itself: it is not parallel.
func Nightly(t testing.TB) {
	t.Helper()
	if os.Getenv(Tier) != "nightly" {
		t.Skipf("takes long: set %s=nightly to run it", Tier)
	}
}
