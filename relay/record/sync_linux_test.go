package record_test

import (
	"bufio"
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
	c.Env = append(os.Environ(), childVariable+"=flv "+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	begun := bufio.NewScanner(out)
	for begun.Scan() && begun.Text() != "0" {
	}
	timer := time.AfterFunc(3500*time.Millisecond, func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	for begun.Scan() {
	}
	_ = c.Wait()
	text, err := os.ReadFile(trace)
	must(t, err)
	var order []string
	syncs, behind, kept := 0, 0, 0
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.Contains(line, "write(") && strings.Contains(line, ".json.tmp"):
			order = append(order, "described")
		case strings.Contains(line, " fsync(") && strings.Contains(line, ".json"):
			kept++
		case strings.Contains(line, "renameat"):
			order = append(order, "named")
		case strings.Contains(line, "fdatasync(") && strings.Contains(line, ".flv"):
			syncs, behind = syncs+1, 0
		case strings.Contains(line, "write(") && strings.Contains(line, ".flv"):
			order = append(order, "written")
			behind++
		}
	}
	if len(order) < 3 || strings.Join(order[:3], " ") != "described named written" {
		t.Errorf("the order was %v", order[:min(len(order), 10)])
	}
	// A second part began at the keyframe of 2 s, and the first was closed.
	if syncs < 2 || behind > 150 || kept < 2 {
		t.Errorf("%d times the disk was told in 3.5 s, %d of descriptions, and %d writes were after the last", syncs, kept, behind)
	}
}
