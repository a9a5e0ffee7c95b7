package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childVariable); job != "" {
		child(job)
		return
	}
	goleak.VerifyTestMain(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stage is a stream that is recorded, in a bubble of synctest.
type stage struct {
	t       testing.TB
	conf    record.Config
	stream  *stream.Stream
	out     *stream.Publisher
	rec     *record.Recorder
	metrics *prometheus.Registry
	log     journal
	stop    func()
	begun   bool
	start   time.Time
}

// journal is a log that may be read while it is written.
type journal struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// raise makes a stream and records it into a folder until stop.
func raise(t testing.TB, conf record.Config) *stage {
	t.Helper()
	s, err := stream.New(stream.Config{Name: "main"})
	must(t, err)
	g := &stage{t: t, conf: conf, stream: s, metrics: prometheus.NewRegistry()}
	g.conf.Stream, g.conf.Feed = "main", s
	g.conf.Logger = slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g.conf.Metrics = record.NewMetrics(g.metrics)
	g.rec, err = record.New(g.conf)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.rec.Run(ctx) }()
	g.stop = sync.OnceFunc(func() {
		s.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	g.takeOver()
	return g
}

// takeOver makes a new publisher the one on air.
func (g *stage) takeOver() {
	g.out = g.stream.Publisher()
	g.out.TakeOver(g.stream.Begin())
	g.begun = false
}

// send publishes tags as their times tell. When the first frame is there, the
// recorder is waited for.
func (g *stage) send(tags []flv.Tag) {
	g.t.Helper()
	if !g.begun {
		g.start = time.Now().Add(-time.Duration(tags[0].Time) * time.Millisecond)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, tag := range tags {
		due := time.Until(g.start.Add(time.Duration(tag.Time) * time.Millisecond))
		if timer.Reset(max(0, due)); due > 0 {
			<-timer.C
		}
		if err := g.out.Write(tag.Kind, tag.Time, tag.Body, time.Now()); err != nil {
			g.t.Fatal(err)
		}
		if !g.begun {
			synctest.Wait()
			g.begun = g.stream.Current().Begun()
		}
	}
}

// recorded is what is in the stream's folder, by name, sorted.
func recorded(t testing.TB, dir, end string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "main"))
	must(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), end) {
			files = append(files, filepath.Join(dir, "main", e.Name()))
		}
	}
	// The first part has no number, and sorts behind the others.
	slices.SortFunc(files, func(a, b string) int {
		return strings.Compare(strings.TrimSuffix(a, end), strings.TrimSuffix(b, end))
	})
	return files
}

// about reads what is known of a file.
func about(t testing.TB, file string) (p record.Part) {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".json")
	must(t, err)
	must(t, json.Unmarshal(text, &p))
	return p
}

// record has a stage record tags, from their beginning to the broadcast's end, and
// returns the files.
func recordTags(t *testing.T, conf record.Config, tags []flv.Tag) (files []string) {
	t.Helper()
	if conf.Folder == "" {
		conf.Folder = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, conf)
		defer g.stop()
		g.send(tags)
		g.stream.End()
	})
	end := ".mp4"
	if conf.Format == record.FLV {
		end = ".flv"
	}
	files = recorded(t, conf.Folder, end)
	for _, f := range files {
		info, err := os.Stat(f)
		must(t, err)
		if p := about(t, f); !p.Complete || p.Bytes != info.Size() {
			t.Errorf("%s of %d bytes is described as %+v", f, info.Size(), p)
		}
	}
	return files
}
