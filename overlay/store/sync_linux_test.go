package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestSyncedBeforeAcknowledged watches what the system is asked for: between two
// acknowledgements something is written, and what is written is synced after. The
// entries of the folders that are made for it are synced, too.
func TestSyncedBeforeAcknowledged(t *testing.T) {
	require.Nightly(t)
	strace := require.Program(t, "strace")
	const events = 300
	trace := filepath.Join(t.TempDir(), "trace")
	parent := t.TempDir()
	folder := filepath.Join(parent, "new", "data")
	watched := exec.Command(strace, "-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", trace, os.Args[0])
	watched.Env = append(os.Environ(), victimFolder+"="+folder, victimRound+"=0", fmt.Sprintf("%s=%d", victimEvents, events))
	if out, err := watched.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(trace)
	must(t, err)
	same(t, checkSyncs(t, string(text)), 2*events) // with a click after each
	for _, made := range []string{parent, filepath.Dir(folder), folder} {
		if !strings.Contains(string(text), "<"+made+">") {
			t.Errorf("what was made in %s is not synced", made)
		}
	}
}

var (
	wrote  = regexp.MustCompile(`pwrite64\(`)
	synced = regexp.MustCompile(`(fsync|fdatasync)(\(\d+<[^>]*>| resumed>)\) += 0`)
	told   = regexp.MustCompile(`write\(1<[^>]*>, "(event|click) `)
)

func checkSyncs(t *testing.T, trace string) (acks int) {
	t.Helper()
	writes, dirty := 0, false
	for line := range strings.Lines(trace) {
		switch {
		case wrote.MatchString(line):
			writes, dirty = writes+1, true
		case synced.MatchString(line):
			dirty = false
		case told.MatchString(line):
			if acks++; writes == 0 || dirty {
				t.Fatalf("acknowledged after %d writes, synced: %v: %s", writes, !dirty, line)
			}
			writes = 0
		}
	}
	return acks
}
