package record_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// meddled is a recorder whose system calls strace meddles with.
type meddled struct {
	*exec.Cmd
	t     *testing.T
	lines *bufio.Scanner
}

// meddle starts one, and returns when it has said so many times how far it is.
func meddle(t *testing.T, inject, job string, words int) *meddled {
	t.Helper()
	// With -D the process is the recorder, and strace is beside it.
	c := exec.CommandContext(t.Context(), require.Program(t, "strace"), "-D", "-f", "-qq", "-o", os.DevNull,
		"-e", "trace=fdatasync,fsync,unlinkat", "-e", "inject="+inject, os.Args[0])
	c.Env = append(os.Environ(), childVariable+"="+job)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	m := &meddled{c, t, bufio.NewScanner(out)}
	for range words {
		if !m.lines.Scan() {
			t.Fatalf("it ended: %v", c.Wait())
		}
	}
	return m
}

// end asks it to, and returns how long it took until its last word.
func (m *meddled) end() (took time.Duration) {
	m.t.Helper()
	begun := time.Now()
	must(m.t, m.Process.Signal(syscall.SIGTERM))
	late := time.AfterFunc(30*time.Second, func() { _ = m.Process.Kill() })
	defer late.Stop()
	last := ""
	for m.lines.Scan() {
		if last = m.lines.Text(); last == childEnded {
			took = time.Since(begun)
			break
		}
	}
	m.abandon()
	if err := m.Wait(); err != nil || last != childEnded {
		m.t.Fatalf("it ended with %v, after %q", err, last)
	}
	return took
}

// abandon ends strace, which else keeps a process that has ended for as long as
// one of its calls was to take.
func (m *meddled) abandon() {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.Process.Pid))
	must(m.t, err)
	for line := range strings.Lines(string(text)) {
		if pid, is := strings.CutPrefix(line, "TracerPid:"); is {
			tracer, err := strconv.Atoi(strings.TrimSpace(pid))
			must(m.t, err)
			if tracer != 0 {
				_ = syscall.Kill(tracer, syscall.SIGKILL)
			}
		}
	}
}

// TestEndDoesNotWaitForTheDisk has a disk that takes a minute for each order to
// keep something. The recorder ends soon, and well, and the next start completes
// what it left.
func TestEndDoesNotWaitForTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := meddle(t, "fdatasync,fsync:delay_enter=60000000", "mp4 1s "+dir, 250)
	if took := c.end(); took > 8*time.Second {
		t.Errorf("it ended after %v", took)
	}
	completed(t, dir, record.MP4)
	files := recorded(t, dir, ".mp4")
	if len(files) == 0 {
		t.Fatal("nothing was recorded")
	}
	for _, f := range files {
		if p := about(t, f); !p.Complete || len(decoded(t, f, "0:v")) == 0 {
			t.Errorf("after the next start: %+v", p)
		}
	}
}

// TestDiskThatFails has a disk that fails to keep what it was given, for the first
// time that each of the program's threads asks: the recording goes on, in other
// files.
func TestDiskThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	meddle(t, "fdatasync:error=EIO:when=1", "flv 1s "+dir, 900).end()
	text, err := os.ReadFile(filepath.Join(dir, "log"))
	must(t, err)
	before, after, failed := strings.Cut(string(text), "input/output error")
	if !failed || !strings.Contains(before, "recording pauses") || !strings.Contains(after, "msg=recording") {
		t.Errorf("its log: %s", text)
	}
	for _, f := range recorded(t, dir, ".flv") {
		if p := about(t, f); !p.Complete || len(decoded(t, f, "0:v")) == 0 {
			t.Errorf("recorded: %+v", p)
		}
	}
}

// TestDeletingHoldsNothingUp has a disk that takes a minute to delete a file that
// is too old. What is recorded meanwhile lacks nothing.
func TestDeletingHoldsNothingUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, text := recording(t, dir, record.FLV, long(t, 1)[:100])
	must(t, os.Remove(file))
	must(t, os.Remove(strings.TrimSuffix(file, ".flv")+".json"))
	var old record.Part
	must(t, json.Unmarshal(text, &old))
	old.Date, old.Started, old.Complete = "2020-02-03T19-00-00Z", time.Date(2020, 2, 3, 19, 0, 0, 0, time.UTC), true
	text, err := json.Marshal(old)
	must(t, err)
	ancient := filepath.Join(dir, "main", old.Date)
	must(t, os.WriteFile(ancient+".json", text, 0o600))
	must(t, os.WriteFile(ancient+".flv", []byte("FLV"), 0o600))

	c := meddle(t, "unlinkat:delay_enter=60000000", "flv 1s "+dir, 400)
	ms, err := strconv.Atoi(c.lines.Text())
	must(t, err)
	c.end()
	_ = os.Remove(ancient + ".flv") // if the disk has not done so at last
	completed(t, dir, record.FLV)
	checkKept(t, recorded(t, dir, ".flv"), time.Duration(ms)*time.Millisecond, promised+noise)
}
