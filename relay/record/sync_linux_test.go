package record_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestDiskIsToldEachSecond watches a recorder's system calls: a file has its
// description before its first byte, and the disk is told of both, of the bytes
// each second.
func TestDiskIsToldEachSecond(t *testing.T) {
	t.Parallel()
	strace := require.Program(t, "strace")
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	c := exec.CommandContext(t.Context(), strace, "-f", "-y", "-o", trace, "-e", "trace=fdatasync,fsync,renameat,renameat2,write", os.Args[0])
	c.Env = append(os.Environ(), childVariable+"=flv 1s "+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, c.Start())
	defer func() { _ = c.Wait() }()
	defer func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	began, late := time.Now(), time.After(20*time.Second)
	for {
		order, syncs, kept := callsIn(t, trace)
		if len(order) >= 3 && strings.Join(order[:3], " ") != "described named written" {
			t.Fatalf("the order was %v", order[:3])
		}
		if took := time.Since(began); syncs >= 3 && kept >= 1 {
			if t.Logf("the disk was told %d times in %v, and %d times of descriptions", syncs, took, kept); took < time.Second {
				t.Error("it is told all the time")
			}
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the disk was told %d times in 20 s, and %d times of descriptions", syncs, kept)
		}
	}
}

// callsIn reads a trace: what was done first, and how often the disk was told of
// bytes and of descriptions.
func callsIn(t *testing.T, trace string) (order []string, syncs, kept int) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		return nil, 0, 0 // it has not begun
	}
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.Contains(line, "write(") && strings.Contains(line, ".json.tmp"):
			order = append(order, "described")
		case strings.Contains(line, " fsync(") && strings.Contains(line, ".json"):
			kept++
		case strings.Contains(line, "renameat"):
			order = append(order, "named")
		case strings.Contains(line, "fdatasync(") && strings.Contains(line, ".flv"):
			syncs++
		case strings.Contains(line, "write(") && strings.Contains(line, ".flv"):
			order = append(order, "written")
		}
	}
	return order, syncs, kept
}
