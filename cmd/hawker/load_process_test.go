package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// process is one whose needs are looked up in /proc (see proc(5)).
type process struct{ cmd *exec.Cmd }

func (p *process) proc(file string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file)
}

// memory is a figure of /proc/PID/status in bytes: VmRSS is what is resident,
// VmHWM the most that ever was.
func (p *process) memory(t *testing.T, figure string) int64 {
	t.Helper()
	text, err := os.ReadFile(p.proc("status"))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, figure+": %d kB", &kilobytes); err == nil {
			return kilobytes << 10
		}
	}
	t.Fatalf("%s tells no %s", p.proc("status"), figure)
	return 0
}

// cpu is the processor time that was used so far.
func (p *process) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(p.proc("stat"))
	must(t, err)
	// After the name, which is in parentheses, utime and stime are the 12th and
	// 13th field, in hundredths of a second.
	_, rest, _ := strings.Cut(string(text), ") ")
	var user, system int64
	fields := strings.Fields(rest)
	_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	must(t, err)
	return time.Duration(user+system) * 10 * time.Millisecond
}
