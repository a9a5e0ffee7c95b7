package main

import (
	"errors"
	"fmt"
)

// Exit codes, as `hawker help` documents them.
const (
	exitOK       = 0 // done
	exitFailure  = 1 // it did not work, or check found something wrong
	exitUsage    = 2 // the command line is wrong
	exitConfig   = 3 // the configuration cannot be used
	exitNoServer = 4 // no running server answers
)

const exitCodeHelp = `Exit codes:
  0  done
  1  it did not work; for check and destination test: something is wrong
  2  the command line is wrong
  3  the configuration cannot be used
  4  no running server answers`

// codedError is an error that decides on the exit code.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{code, err}
}

func usagef(format string, args ...any) error {
	return coded(exitUsage, fmt.Errorf(format, args...))
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	var c *codedError
	if errors.As(err, &c) {
		return c.code
	}
	return exitFailure
}
