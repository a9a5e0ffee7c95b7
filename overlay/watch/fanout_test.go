package watch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/watch"
)

// line is the end of a connection that takes all, or nothing.
type line struct {
	header http.Header
	got    func([]byte) error
}

func (l *line) Header() http.Header               { return l.header }
func (l *line) WriteHeader(int)                   {}
func (l *line) Write(b []byte) (int, error)       { return len(b), l.got(b) }
func (l *line) FlushError() error                 { return nil }
func (l *line) SetWriteDeadline(time.Time) error  { return nil }
func (l *line) SetReadDeadline(_ time.Time) error { return nil }

type nowhere struct{}

func (nowhere) ShortLink(offer, destination string) string { return "/o/" + offer + "/" + destination }

// stall is a show with its pages and no network.
type stall struct {
	show    *control.Control
	watch   *watch.Server
	handler http.Handler
	ctx     context.Context
	running sync.WaitGroup
}

// pitch starts a stall that ends with close.
func pitch(t testing.TB) (s *stall, end func()) {
	t.Helper()
	s = &stall{}
	var err error
	s.show, err = control.New(control.Config{Store: &book{state: &overlay.State{}}})
	must(t, err)
	s.watch, err = watch.New(watch.Config{
		Show: s.show, Links: nowhere{}, Media: func(string) http.Handler { return http.NotFoundHandler() },
		Settings: watch.Settings{Streams: []watch.Stream{{Name: "main"}}},
	})
	must(t, err)
	mux := http.NewServeMux()
	s.watch.Routes(mux)
	s.handler = mux
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx = ctx
	s.running.Go(func() { _ = s.show.Run(ctx) })
	s.running.Go(func() { _ = s.watch.Run(ctx) })
	<-s.show.Ready()
	return s, func() {
		cancel()
		s.running.Wait()
	}
}

// join has a page take events until ctx ends.
func (s *stall) join(ctx context.Context, got func([]byte) error) {
	s.running.Go(func() {
		r := httptest.NewRequestWithContext(ctx, "GET", "/main/events", nil)
		s.handler.ServeHTTP(&line{http.Header{}, got}, r)
	})
}

// Time is counted for as long as pages are open while something is on, and a
// quiet page is told the time.
func TestWatchTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := pitch(t)
		defer end()
		var events bytes.Buffer
		var mu sync.Mutex
		take := func(b []byte) error {
			mu.Lock()
			defer mu.Unlock()
			events.Write(b)
			return nil
		}
		ctx, leave := context.WithCancel(s.ctx)
		defer leave()
		s.join(ctx, take)
		time.Sleep(10 * time.Second)
		s.watch.Live("main", time.Now())
		synctest.Wait()
		s.join(s.ctx, func([]byte) error { return nil })
		time.Sleep(30 * time.Second)
		leave()
		synctest.Wait()
		time.Sleep(30 * time.Second)
		s.watch.Live("main", time.Time{})
		synctest.Wait()
		time.Sleep(30 * time.Second)
		if a, _ := s.watch.Audience("main"); a.WatchSeconds != 90 || a.Joins != 2 || a.Peak != 2 || a.Viewers != 1 {
			t.Errorf("the audience is %+v, want 90 s of two, one of whom is here", a)
		}
		mu.Lock()
		defer mu.Unlock()
		var last struct{ Now, Viewers int64 }
		beats := 0
		for _, line := range strings.Split(events.String(), "\n") {
			if data, is := strings.CutPrefix(line, `data: {"now"`); is {
				must(t, json.Unmarshal([]byte(`{"now"`+data), &last))
				beats++
			}
		}
		if beats < 4 || beats > 6 || last.Viewers != 2 {
			t.Errorf("in 40 s there were %d beats, the last of %+v", beats, last)
		}
	})
}

// Pages that are cut leave nothing behind, and cost the others nothing.
func TestABrokenLineIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := pitch(t)
		defer end()
		var told atomic.Int64
		s.join(s.ctx, func([]byte) error { told.Add(1); return nil })
		s.join(s.ctx, func([]byte) error { return errors.New("broken pipe") })
		synctest.Wait()
		if a, _ := s.watch.Audience("main"); a.Viewers != 1 {
			t.Errorf("there are %d viewers, want 1", a.Viewers)
		}
		before := told.Load()
		s.watch.Live("main", time.Now())
		synctest.Wait()
		if told.Load() == before {
			t.Error("the other one is told nothing")
		}
	})
}

// BenchmarkFanOut is one change of what runs, told to viewers: the JSON is made
// once.
func BenchmarkFanOut(b *testing.B) {
	const viewers = 1000
	s, end := pitch(b)
	defer end()
	var told atomic.Int64
	for i := range viewers {
		ctx := context.WithValue(s.ctx, http.LocalAddrContextKey, i)
		s.running.Go(func() {
			r := httptest.NewRequestWithContext(ctx, "GET", "/main/events", nil)
			r.RemoteAddr = "192.0.2." + string(rune('0'+i%10)) + ":1"
			s.handler.ServeHTTP(&line{http.Header{}, func([]byte) error { told.Add(1); return nil }}, r)
		})
	}
	wait := func(want int64) {
		for told.Load() < want {
			select {
			case <-time.After(50 * time.Microsecond):
			case <-s.ctx.Done():
			}
		}
	}
	wait(2 * viewers) // the time, and how things are
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		before := told.Load()
		s.watch.Live("main", time.UnixMilli(1e12+int64(i)))
		wait(before + viewers)
	}
}
