package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// cores returns one core for the relay and another for the harness.
func cores() (relay, harness int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return 0, 0, err
	}
	var have []int
	for i := range 8 * len(set) * (strconv.IntSize / 8) {
		if set.IsSet(i) {
			have = append(have, i)
		}
	}
	if len(have) < 2 {
		return 0, 0, errors.New("this needs two cores: one for the relay, one for publisher and sinks")
	}
	return have[0], have[1], nil
}

// pinSelf keeps all threads of this process on one core. Threads that begin
// later inherit it from those that start them; the second pass is for those that
// began during the first.
func pinSelf(core int) error {
	runtime.GOMAXPROCS(1)
	var set unix.CPUSet
	set.Set(core)
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range threads {
			id, _ := strconv.Atoi(t.Name())
			if err := unix.SchedSetaffinity(id, &set); err != nil && err != unix.ESRCH {
				return fmt.Errorf("pin to core %d: %w", core, err)
			}
		}
	}
	return nil
}

// startOn starts a process on a core: a child has the cores of the thread that
// forks it.
func startOn(cmd *exec.Cmd, core int) error {
	if core < 0 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var own, one unix.CPUSet
	one.Set(core)
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	err := cmd.Start()
	return errors.Join(err, unix.SchedSetaffinity(0, &own))
}

// dieWithParent makes the kernel kill a child whose parent is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// machine describes where this ran.
func machine() string {
	model := "unknown processor"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer func() { _ = f.Close() }()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	var u unix.Utsname
	_ = unix.Uname(&u)
	return fmt.Sprintf("%s, Linux %s, %s", model, unix.ByteSliceToString(u.Release[:]), runtime.Version())
}
