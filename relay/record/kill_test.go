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

// childVariable makes the test's program a recorder: it holds the format, how long
// a part is, and the folder.
const childVariable = "HAWKER_RECORD_CHILD"

// childEnded is its last word when it was asked to end.
const childEnded = "ended"

// child records the clip in real time, again and again, and says how far it is.
func child(job string) {
	format, more, _ := strings.Cut(job, " ")
	every, folder, _ := strings.Cut(more, " ")
	fail := func(err error) {
		if err != nil {
			_, _ = fmt.Fprintln(os.Stdout, "error:", err)
			os.Exit(1)
		}
	}
	split, err := time.ParseDuration(every)
	fail(err)
	s, err := stream.New(stream.Config{Name: "main"})
	fail(err)
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	fail(err)
	r, err := record.New(record.Config{
		Stream: "main", Feed: s, Settings: record.Settings{Folder: folder, Format: record.Format(format), SplitEvery: split, MaxAge: 24 * time.Hour},
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
	const rounds = 12
	var lost [rounds]time.Duration
	t.Run("rounds", func(t *testing.T) { killAll(t, lost[:]) })
	slices.Sort(lost[:])
	if t.Logf("lost: %v", lost); lost[rounds-3] > promised {
		t.Errorf("more than %v was lost in three rounds of %d: %v", promised, rounds, lost)
	}
}

const (
	// promised is what may be lost of what was sent.
	promised = time.Second
	// noise is what a round may lose on top of that, on a busy machine.
	noise = 500 * time.Millisecond
)

func killAll(t *testing.T, lost []time.Duration) {
	for i := range lost {
		format := []record.Format{record.MP4, record.FLV}[i%2]
		split := []time.Duration{0, 0, time.Second}[i/2%3] // what ends a part hides what is held back in it
		t.Run(fmt.Sprint(format, i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			end := "." + string(format)
			lasted := time.Duration(1200+rand.IntN(3000)) * time.Millisecond
			last := kill(t, fmt.Sprint(format, " ", split, " ", dir), lasted)
			kept := checkKept(t, recorded(t, dir, end), last, promised+noise)
			completed(t, dir, format)
			files := recorded(t, dir, end)
			checkKept(t, files, last, promised+noise)
			checkKept(t, offered(t, dir), last, promised+noise)
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
