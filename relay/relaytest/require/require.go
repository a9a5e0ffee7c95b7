// Package require decides whether a test runs here and now: whether a program
// that it needs is there, and whether there is time for it. Belongs here: these
// decisions alone. It is apart from package relaytest because it imports package
// testing.
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
