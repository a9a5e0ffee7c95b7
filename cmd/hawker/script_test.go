package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the command lines in testdata/script and compares what
// people see. They have three commands of their own:
//
//	exits CODE ARGS...   run hawker and compare its exit code
//	mode MODE FILE       compare a file's permissions
//	silent FILE          no key in the configuration FILE was printed last
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "mode": scriptMode, "silent": scriptSilent,
		},
	})
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec("hawker", args[1:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if args[0] != strconv.Itoa(got) {
		ts.Fatalf("hawker %s exits with %d, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

func scriptMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != strings.TrimPrefix(args[0], "0") {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

var keyField = regexp.MustCompile(`(?m)^[^#\n]*\bkey: "?([^ ,"}\n]{8,})`)

func scriptSilent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: silent FILE")
	}
	keys := keyField.FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if len(keys) == 0 {
		ts.Fatalf("%s holds no key to look for", args[0])
	}
	printed := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, k := range keys {
		if strings.Contains(printed, k[1]) {
			ts.Fatalf("a key was printed")
		}
	}
}
