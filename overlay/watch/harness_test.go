package watch_test

import (
	"context"
	"io"
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
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/playback"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book keeps what the database would.
type book struct {
	mu     sync.Mutex // guards the rest
	state  *overlay.State
	clicks []overlay.Click
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

func (b *book) Click(_ context.Context, c overlay.Click) (first bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clicks = append(b.clicks, c)
	return true, nil
}

func (b *book) counted() []overlay.Click {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]overlay.Click(nil), b.clicks...)
}

const streamKey = "key-of-the-stream-main"

// house is a whole server, as the program puts it together: show and pages on
// the public listener, and if it is raised a relay with playback.
type house struct {
	t        testing.TB
	book     *book
	show     *control.Control
	web      *web.Server
	watch    *watch.Server
	relay    *relay.Relay // nil without media
	url      string
	rtmp     string
	metrics  *prometheus.Registry
	images   string
	position atomic.Int64 // of the stream's time, without media
	change   func(*watch.Config)
	stop     func()
}

func newHouse(t testing.TB, change func(*watch.Config)) *house {
	if change == nil {
		change = func(*watch.Config) {}
	}
	return &house{t: t, book: &book{state: &overlay.State{}}, url: "127.0.0.1:0", rtmp: "127.0.0.1:0", change: change}
}

// open starts a house without media: what is served for that says which path was
// asked for.
func open(t testing.TB, change func(*watch.Config)) *house {
	t.Helper()
	h := newHouse(t, change)
	h.start(func(string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "media "+r.URL.Path) })
	})
	t.Cleanup(func() { h.stop() })
	return h
}

// raise starts a house with a relay that takes the stream main.
func raise(t testing.TB, change func(*watch.Config)) *house {
	t.Helper()
	h := newHouse(t, change)
	h.broadcasts()
	t.Cleanup(func() { h.stop() })
	return h
}

// broadcasts starts it all, for the first time or again on the same ports.
func (h *house) broadcasts() {
	h.t.Helper()
	var err error
	h.relay, err = relay.New(relay.Config{RTMP: h.rtmp, Streams: []relay.Stream{{
		Name: "main", Key: secret.New(streamKey), Takeover: relay.Always, Hold: 30 * time.Second, HoldSlate: relay.Freeze, StopGrace: 200 * time.Millisecond,
	}}}, relay.Options{OnBroadcast: func(stream string, since time.Time) {
		h.show.Live(stream, since)
		h.watch.Live(stream, since)
	}})
	must(h.t, err)
	var picture atomic.Pointer[playback.Server]
	h.start(func(string) http.Handler { return picture.Load().Handler() }, h.relay.Run, func(ctx context.Context) error {
		<-h.relay.Ready()
		source := h.relay.Stream("main")
		p, err := playback.New(playback.Config{Stream: "main", Source: source})
		if err != nil {
			return err
		}
		picture.Store(p)
		return p.Run(ctx)
	})
	<-h.relay.Ready()
	h.rtmp = h.relay.Addr().String()
	eventually(h.t, "playback", func() bool { return picture.Load() != nil })
}

// start starts show, pages and what else is to run.
func (h *house) start(media func(string) http.Handler, more ...func(context.Context) error) {
	h.t.Helper()
	ln, err := net.Listen("tcp", h.url)
	must(h.t, err)
	h.url, h.metrics = ln.Addr().String(), prometheus.NewRegistry()
	h.show, err = control.New(control.Config{Store: h.book, Media: h.at})
	must(h.t, err)
	h.web, err = web.New(web.Config{
		Show: h.show, Clicks: h.book, LinkKey: secret.New("0123456789abcdef-the-key-of-links"), Registerer: h.metrics,
		Settings: web.Settings{URL: "https://live.example.com", Streams: []web.Stream{{Name: "main"}}, Images: h.images},
		Mount:    func(mux *http.ServeMux) { h.watch.Routes(mux) },
	})
	must(h.t, err)
	conf := watch.Config{
		Show: h.show, Links: h.web, Media: media, Client: h.web.Client, Registerer: h.metrics,
		Settings: watch.Settings{Streams: []watch.Stream{{Name: "main"}, {Name: "other", EmbedOrigins: []string{"https://shop.example.com", "https://b.example"}}}},
	}
	h.change(&conf)
	h.watch, err = watch.New(conf)
	must(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, run := range append(more, h.show.Run, h.watch.Run, func(ctx context.Context) error { return h.web.Serve(ctx, ln) }) {
		running.Go(func() {
			if err := run(ctx); err != nil {
				h.t.Errorf("it ended with %v", err)
			}
		})
	}
	h.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	<-h.show.Ready()
}

// at is a stream's own time.
func (h *house) at(stream string) time.Duration {
	if h.relay == nil {
		return time.Duration(h.position.Load())
	}
	at, _ := h.relay.Position(stream)
	return at
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
