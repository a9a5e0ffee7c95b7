package playback_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a stream with its playback.
type stage struct {
	t      testing.TB
	stream *stream.Stream
	out    *stream.Publisher
	server *playback.Server
	http.Handler
	encoders sync.WaitGroup
	stop     func()
}

// raise makes a stream and shows it until the test ends. Within a bubble of
// synctest its clock is the bubble's, and close must be called there.
func raise(t testing.TB, change ...func(*playback.Config)) *stage {
	t.Helper()
	s, err := stream.New(stream.Config{Name: "main"})
	must(t, err)
	conf := playback.Config{Stream: "main", Source: s}
	for _, f := range change {
		f(&conf)
	}
	server, err := playback.New(conf)
	must(t, err)
	g := &stage{t: t, stream: s, server: server, Handler: server.Handler()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	g.stop = sync.OnceFunc(func() {
		s.Close()
		g.encoders.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(g.stop)
	g.takeOver()
	return g
}

// takeOver makes a new publisher the one on air.
func (g *stage) takeOver() {
	g.out = g.stream.Publisher()
	g.out.TakeOver(g.stream.Begin())
}

// play publishes a source in real time, or the bubble's, from now on, until it
// or the broadcast ends.
func (g *stage) play(source relaytest.Source) {
	out := g.out
	g.encoders.Go(func() { _ = run(out, source) })
}

// run is play in this goroutine.
func run(out *stream.Publisher, source relaytest.Source) error {
	began := time.Now()
	first := uint32(0)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; ; n++ {
		tag, err := source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if n == 0 {
			first = tag.Time
		}
		due := time.Until(began.Add(time.Duration(tag.Time-first) * time.Millisecond))
		if timer.Reset(max(0, due)); due > 0 {
			<-timer.C
		}
		if err := out.Write(tag.Kind, tag.Time, tag.Body, time.Now()); err != nil {
			return err
		}
	}
}

// get answers a request without a network.
func (g *stage) get(path string) *httptest.ResponseRecorder {
	return g.getIn(context.Background(), path)
}

func (g *stage) getIn(ctx context.Context, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	return w
}

// fetch is get of what must be there.
func (g *stage) fetch(path string) string {
	g.t.Helper()
	w := g.get(path)
	if w.Code != http.StatusOK {
		g.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// session is the folder of the session's files.
func (g *stage) session() string {
	g.t.Helper()
	lines := strings.Fields(g.fetch("/index.m3u8"))
	return "/" + strings.TrimSuffix(lines[len(lines)-1], "stream.m3u8")
}

// viewer is an open feed.
type viewer struct {
	head http.Header
	gate chan struct{} // what it takes waits for it to be closed; nil for at once
	mu   sync.Mutex    // guards the rest
	body bytes.Buffer
	code int
	stop context.CancelFunc
	done chan struct{}
}

// view opens a feed, which close ends.
func (g *stage) view() *viewer { return g.viewAfter(nil) }

// viewAfter is view of somebody who takes nothing before gate is closed.
func (g *stage) viewAfter(gate chan struct{}) *viewer {
	ctx, cancel := context.WithCancel(context.Background())
	v := &viewer{head: http.Header{}, gate: gate, stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(v.done)
		g.ServeHTTP(v, httptest.NewRequestWithContext(ctx, http.MethodGet, "/live.mp4", nil))
	}()
	return v
}

func (v *viewer) Header() http.Header { return v.head }
func (v *viewer) Flush()              {}

func (v *viewer) WriteHeader(code int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.code = code
}

func (v *viewer) Write(b []byte) (int, error) {
	if v.gate != nil {
		<-v.gate
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.body.Write(b)
}

func (v *viewer) close() {
	v.stop()
	<-v.done
}

func (v *viewer) bytes() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return bytes.Clone(v.body.Bytes())
}

// theClip is the project's clip, again and again.
func theClip(t testing.TB) *relaytest.Clip {
	t.Helper()
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	must(t, err)
	return c
}

// recorded keeps what a source has given.
type recorded struct {
	relaytest.Source
	mu   sync.Mutex // guards tags
	tags []flv.Tag
}

func (r *recorded) Next() (flv.Tag, error) {
	tag, err := r.Source.Next()
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tags = append(r.tags, tag)
	}
	return tag, err
}

// edited changes the tags of a source.
type edited struct {
	relaytest.Source
	edit  func(flv.Tag) []flv.Tag
	ready []flv.Tag
}

func (e *edited) Next() (flv.Tag, error) {
	for len(e.ready) == 0 {
		tag, err := e.Source.Next()
		if err != nil {
			return flv.Tag{}, err
		}
		e.ready = e.edit(tag)
	}
	tag := e.ready[0]
	e.ready = e.ready[1:]
	return tag, nil
}

func isKeyframe(t flv.Tag) bool {
	tag, err := media.InspectVideo(t.Body)
	return t.Kind == media.Video && err == nil && tag.Keyframe
}

func isHeader(t flv.Tag, kind media.Kind) bool {
	inspect := media.InspectVideo
	if kind == media.Audio {
		inspect = media.InspectAudio
	}
	tag, err := inspect(t.Body)
	return t.Kind == kind && err == nil && tag.Header
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
