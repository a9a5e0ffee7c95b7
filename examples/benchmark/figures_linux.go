package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what a process has used so far.
func cpuTime(pid int) (cpu, error) {
	// See clock_getcpuclockid(3): the process's number, and 2 for the scheduler's clock.
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return cpu{}, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return cpu{}, err
	}
	// Fields 14 and 15 (proc(5)); the second one, in brackets, may hold spaces.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return cpu{}, fmt.Errorf("/proc/%d/stat cannot be read", pid)
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return cpu{time.Duration(ts.Nano()), user, system}, nil
}

// ticks of a second in /proc/stat: USER_HZ, which is 100 wherever Go runs.
const ticks = 100

// coreBusy is how long a core has not been idle, whoever used it.
func coreBusy(core int) (time.Duration, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(stat)) {
		fields := strings.Fields(line) // the name, user, nice, system, idle, iowait, irq, softirq, steal (proc(5))
		if len(fields) < 9 || fields[0] != fmt.Sprintf("cpu%d", core) {
			continue
		}
		busy := 0
		for _, i := range []int{1, 2, 3, 6, 7, 8} {
			v, _ := strconv.Atoi(fields[i])
			busy += v
		}
		return time.Duration(busy) * time.Second / ticks, nil
	}
	return 0, fmt.Errorf("/proc/stat has no core %d", core)
}

// peakMemory is the largest resident set of a process so far, in bytes.
func peakMemory(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmHWM", pid)
}
