// Package require decides whether a test runs here and now: whether a program
// that it needs is there, and whether there is time for it. Belongs here: these
// decisions alone. It is apart from package relaytest because it imports package
// testing.
package require

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Environment is the variable that, with the value "all", makes a missing
// program a failure instead of a reason to skip: set it where everything is
// meant to be installed.
const Environment = "HAWKER_TEST_REQUIRE"

// Program returns where a program is: on the PATH, or in one of the folders, which
// are patterns as filepath.Glob has them. Without it the test is skipped, or fails
// where Environment says so.
func Program(t testing.TB, name string, folders ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	for _, folder := range folders {
		if found, _ := filepath.Glob(filepath.Join(folder, name)); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	if os.Getenv(Environment) == "all" {
		t.Fatalf("%s is not installed, and %s=all wants every test to run", name, Environment)
	}
	t.Skipf("%s is not installed", name)
	return ""
}
