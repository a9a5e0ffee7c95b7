//go:build !linux

package main

import (
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// Pinning, other processes' CPU time and loopback addresses beyond 127.0.0.1 are
// Linux's here.
var errSystem = errors.New("this benchmark needs Linux")

func cores() (relay, harness int, err error) { return 0, 0, errSystem }

func pinSelf(int) error { return errSystem }

func startOn(*exec.Cmd, int) error { return errSystem }

func dieWithParent() *syscall.SysProcAttr { return nil }

func cpuTime(int) (cpu, error) { return cpu{}, errSystem }

func coreBusy(int) (time.Duration, error) { return 0, errSystem }

func peakMemory(int) (int64, error) { return 0, errSystem }

func machine() string { return "" }
