package watch_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/playback"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book keeps what the database would.
type book struct {
	mu    sync.Mutex // guards state
	state *overlay.State
}

func (b *book) Load(context.Context) (*overlay.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, nil
}

func (b *book) Append(_ context.Context, events []overlay.Event, _ *overlay.Receipt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = b.state.With(events...)
	return nil
}

func (b *book) Save(_ context.Context, s *overlay.State) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = s
	return nil
}

func (b *book) Receipt(context.Context, string) (overlay.Receipt, bool, error) {
	return overlay.Receipt{}, false, nil
}

// links are short links as overlay/web makes them.
type links string

func (l links) ShortLink(offer, destination string) string {
	return string(l) + "/o/" + offer + "/" + destination
}

const streamKey = "key-of-the-stream-main"

// house is a whole server with one stream, as the program puts it together:
// relay, playback, show and page.
type house struct {
	t        testing.TB
	book     *book
	show     *control.Control
	watch    *watch.Server
	relay    *relay.Relay
	url      string
	rtmp     string
	metrics  *prometheus.Registry
	more     func(*http.ServeMux) // other routes
	change   func(*watch.Config)
	images   string
	position atomic.Int64 // of the stream's time, without media
	stop     func()
}

// raise starts a house on free ports.
func raise(t testing.TB, change func(*watch.Config), more func(*http.ServeMux)) *house {
	t.Helper()
	h := &house{t: t, book: &book{state: &overlay.State{}}, url: "127.0.0.1:0", rtmp: "127.0.0.1:0", change: change, more: more}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

// start starts the program, for the first time or again on the same ports.
func (h *house) start() {
	h.t.Helper()
	ln, err := net.Listen("tcp", h.url)
	must(h.t, err)
	h.url, h.metrics = ln.Addr().String(), prometheus.NewRegistry()
	h.show, err = control.New(control.Config{Store: h.book, Media: func(stream string) time.Duration {
		at, _ := h.relay.Position(stream)
		return at
	}})
	must(h.t, err)
	h.relay, err = relay.New(relay.Config{RTMP: h.rtmp, Streams: []relay.Stream{{
		Name: "main", Key: secret.New(streamKey), Takeover: relay.Always, Hold: 30 * time.Second, HoldSlate: relay.Freeze, StopGrace: 200 * time.Millisecond,
	}}}, relay.Options{OnBroadcast: func(stream string, since time.Time) {
		h.show.Live(stream, since)
		h.watch.Live(stream, since)
	}})
	must(h.t, err)
	var picture *playback.Server
	conf := watch.Config{
		Show: h.show, Links: links("https://live.example.com"), Registerer: h.metrics,
		Media:    func(string) http.Handler { return picture.Handler() },
		Settings: watch.Settings{Streams: []watch.Stream{{Name: "main"}}},
	}
	if h.change != nil {
		h.change(&conf)
	}
	h.watch, err = watch.New(conf)
	must(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	run := func(what string, f func(context.Context) error) {
		running.Go(func() {
			if err := f(ctx); err != nil {
				h.t.Errorf("%s: %v", what, err)
			}
		})
	}
	run("relay", h.relay.Run)
	<-h.relay.Ready()
	h.rtmp = h.relay.Addr().String()
	source, _ := h.relay.Stream("main")
	picture, err = playback.New(playback.Config{Stream: "main", Source: source})
	must(h.t, err)
	run("playback", picture.Run)
	run("show", h.show.Run)
	run("watch", h.watch.Run)
	<-h.show.Ready()
	run("http", func(ctx context.Context) error { return serve(ctx, ln, h.handler()) })
	h.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
}

func (h *house) handler() http.Handler {
	mux := http.NewServeMux()
	h.watch.Routes(mux)
	if h.more != nil {
		h.more(mux)
	}
	if h.images != "" {
		mux.Handle("GET /images/", http.StripPrefix("/images/", http.FileServer(http.Dir(h.images))))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What overlay/web sets around all routes.
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		mux.ServeHTTP(w, r)
	})
}

// serve serves as the public listener does.
func serve(ctx context.Context, ln net.Listener, handler http.Handler) error {
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		_ = srv.Close()
	}()
	err := srv.Serve(ln)
	<-stopped
	if err == http.ErrServerClosed {
		return nil
	}
	return err
}

func (h *house) page(path string) string { return "http://" + h.url + path }

// do has the show do something.
func (h *house) do(decide func(*overlay.State, time.Time) ([]overlay.Event, error)) {
	h.t.Helper()
	_, err := h.show.Do(context.Background(), control.Request{Decide: decide})
	must(h.t, err)
}

// sell puts an offer on the stream, and returns its run.
func (h *house) sell(o overlay.Offer) overlay.Run {
	h.t.Helper()
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.PutOffer(o, now) })
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.Start("main", o.ID, nil, now) })
	run, on := h.show.State().Stages["main"].Run(o.ID)
	if !on {
		h.t.Fatalf("offer %s does not run", o.ID)
	}
	return run
}

func (h *house) end(offer string) {
	h.t.Helper()
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		return s.End("main", offer, overlay.ByHand, now)
	})
}

func (h *house) stock(offer string, left int64) {
	h.t.Helper()
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.SetStock(offer, &left, now) })
}

// honey is an offer with everything.
func honey() overlay.Offer {
	left := int64(3)
	return overlay.Offer{
		ID: "honey", Title: "Forest honey, 500 g", Price: overlay.Money{Amount: 1250, Currency: "EUR"},
		CompareAt: &overlay.Money{Amount: 1590, Currency: "EUR"}, URL: "https://shop.example.com/honey?size=500#buy",
		Image: "honey.png", Stock: &left, Duration: 5 * time.Minute, Disclosure: overlay.Affiliate,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keep writes a picture of a page where somebody wants to look at it.
func keep(t testing.TB, name string, png []byte) {
	t.Helper()
	if dir := os.Getenv("HAWKER_TEST_PICTURES"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
	}
}

func (h *house) audience() watch.Audience {
	h.t.Helper()
	a, ok := h.watch.Audience("main")
	if !ok {
		h.t.Fatal("the stream has no page")
	}
	return a
}
