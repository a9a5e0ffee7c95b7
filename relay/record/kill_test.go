package record_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
)

// childVariable makes the test's program a recorder: it holds the format and the
// folder.
const childVariable = "HAWKER_RECORD_CHILD"

// childEnded is its last word when it was asked to end.
const childEnded = "ended"

// child records the clip in real time, again and again, and says how far it is.
func child(job string) {
	format, folder, _ := strings.Cut(job, " ")
	fail := func(err error) {
		if err != nil {
			_, _ = fmt.Fprintln(os.Stdout, "error:", err)
			os.Exit(1)
		}
	}
	s, err := stream.New(stream.Config{Name: "main"})
	fail(err)
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	fail(err)
	r, err := record.New(record.Config{
		Stream: "main", Feed: s, Settings: record.Settings{Folder: folder, Format: record.Format(format), SplitEvery: time.Second, MaxAge: 24 * time.Hour},
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	fail(err)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		fail(r.Run(ctx))
		_, _ = fmt.Fprintln(os.Stdout, childEnded)
		os.Exit(0)
	}()
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	fail(err)
	source, out := c.Loop(), s.Publisher()
	out.TakeOver(s.Begin())
	began := time.Now()
	for {
		tag, err := source.Next()
		fail(err)
		<-time.After(time.Until(began.Add(time.Duration(tag.Time) * time.Millisecond)))
		fail(out.Write(tag.Kind, tag.Time, tag.Body, time.Now()))
		_, err = fmt.Fprintln(os.Stdout, tag.Time)
		fail(err)
	}
}

// TestKilled kills recorders at any time, plays what they have left, has it
// completed, and plays that.
func TestKilled(t *testing.T) {
	t.Parallel()
	const rounds = 10
	var lost [rounds]time.Duration
	t.Run("rounds", func(t *testing.T) { killAll(t, lost[:]) })
	slices.Sort(lost[:])
	if t.Logf("lost: %v", lost); lost[rounds-3] > time.Second {
		t.Errorf("more than a second was lost in three rounds of ten: %v", lost)
	}
}

// noise is what a round may lose on top of the second that is promised, on a busy
// machine.
const noise = time.Second

func killAll(t *testing.T, lost []time.Duration) {
	for i := range lost {
		format := []record.Format{record.MP4, record.FLV}[i%2]
		t.Run(fmt.Sprint(format, i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			end := "." + string(format)
			lasted := time.Duration(600+rand.IntN(2000)) * time.Millisecond
			last := kill(t, string(format)+" "+dir, lasted)
			kept := checkKept(t, recorded(t, dir, end), last)
			completed(t, dir, format)
			files := recorded(t, dir, end)
			checkKept(t, files, last)
			for _, f := range files {
				if p := about(t, f); !p.Complete {
					t.Errorf("after the next start: %+v", p)
				}
			}
			lost[i] = max(0, last-kept)
		})
	}
}

// kill runs a child for some time after its first word, and returns what it said
// last.
func kill(t *testing.T, job string, after time.Duration) (last time.Duration) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childVariable+"="+job)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	defer func() { _ = c.Wait() }()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last == 0 {
			timer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
			defer timer.Stop()
		}
		ms, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		last = max(time.Duration(ms)*time.Millisecond, time.Millisecond)
	}
	return last
}

// checkKept wants files that ffmpeg finds no fault with, of which the newest goes
// on to a second before last, at least. One may have been about to begin.
func checkKept(t *testing.T, files []string, last time.Duration) (kept time.Duration) {
	t.Helper()
	if len(files) == 0 {
		t.Fatal("nothing was recorded")
	}
	pictures := 0
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() > 0 {
			pictures += len(decoded(t, f, "0:v"))
		}
	}
	kept = time.Duration(pictures) * time.Second / 30
	if kept < last-time.Second-noise || kept > last+200*time.Millisecond {
		t.Errorf("%v are in the files, and %v were sent", kept, last)
	}
	return kept
}

// completed starts a recorder, which does what a start does.
func completed(t *testing.T, dir string, format record.Format) (log string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir, Format: format}})
		synctest.Wait()
		g.stop()
		log = g.log.String()
	})
	return log
}
