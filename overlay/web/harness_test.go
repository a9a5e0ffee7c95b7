package web_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const linkKey = "0123456789abcdef-the-key-of-links"

// book keeps what the database would.
type book struct {
	mu     sync.Mutex // guards the rest
	state  *overlay.State
	clicks []overlay.Click
	click  func(context.Context) error // nil takes every click
	gate   chan struct{}               // nothing is read before it is closed; nil is open
}

func (b *book) Load(context.Context) (*overlay.State, error) {
	if b.gate != nil {
		<-b.gate
	}
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

func (b *book) Click(ctx context.Context, c overlay.Click) (bool, error) {
	b.mu.Lock()
	click := b.click
	b.mu.Unlock()
	if click != nil {
		if err := click(ctx); err != nil {
			return false, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clicks = append(b.clicks, c)
	return true, nil
}

// clicking changes what becomes of clicks.
func (b *book) clicking(click func(context.Context) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.click = click
}

func (b *book) counted() []overlay.Click {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]overlay.Click(nil), b.clicks...)
}

// shop is a server with a show, as the program has them.
type shop struct {
	t       testing.TB
	book    *book
	show    *control.Control
	web     *web.Server
	addr    string
	url     string
	metrics *prometheus.Registry
	log     *logBook
	set     web.Settings
	stop    func()
	narrow  bool   // its sockets hold little
	conns   [2]int // how many may be open, in all and from one address; zero is as usual
}

// narrow is a listener whose sockets hold little of what is not read.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(4096)
}

type option func(*web.Config)

// open starts a shop on a free port.
func open(t testing.TB, options ...option) *shop {
	t.Helper()
	s := &shop{t: t, book: &book{state: &overlay.State{}}, addr: "127.0.0.1:0"}
	s.start(options...)
	t.Cleanup(func() { s.stop() })
	return s
}

// start starts the program, for the first time or again.
func (s *shop) start(options ...option) {
	s.t.Helper()
	ln, err := net.Listen("tcp", s.addr)
	must(s.t, err)
	s.addr = ln.Addr().String()
	if s.narrow {
		ln = narrow{ln}
	}
	s.url = "http://" + s.addr
	s.log, s.metrics = &logBook{}, prometheus.NewRegistry()
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.show, err = control.New(control.Config{Store: s.book})
	must(s.t, err)
	conf := web.Config{
		Show: s.show, Clicks: s.book, LinkKey: secret.New(linkKey), Logger: logger, Registerer: s.metrics,
		Settings: web.Settings{URL: s.url, Streams: []web.Stream{{Name: "main", Destinations: []string{"youtube", "tiktok"}}, {Name: "other"}}},
	}
	for _, o := range options {
		o(&conf)
	}
	s.set = conf.Settings
	s.web, err = web.New(conf)
	must(s.t, err)
	if s.conns != [2]int{} {
		s.web.SetMaxConns(s.conns[0], s.conns[1])
	}
	showing, endShow := context.WithCancel(context.Background())
	serving, endServer := context.WithCancel(context.Background())
	var show, server sync.WaitGroup
	show.Go(func() { _ = s.show.Run(showing) })
	server.Go(func() {
		if err := s.web.Serve(serving, ln); err != nil {
			s.t.Errorf("serve: %v", err)
		}
	})
	s.stop = func() {
		endServer()
		server.Wait()
		endShow()
		show.Wait()
	}
	if s.book.gate == nil {
		<-s.show.Ready()
	}
}

// restart ends the program, and starts it again where it was.
func (s *shop) restart(options ...option) {
	s.t.Helper()
	s.stop()
	s.start(options...)
}

// do has the show do something.
func (s *shop) do(decide func(*overlay.State, time.Time) ([]overlay.Event, error)) {
	s.t.Helper()
	_, err := s.show.Do(context.Background(), control.Request{Decide: decide})
	must(s.t, err)
}

// sell puts an offer on the stream main.
func (s *shop) sell(o overlay.Offer) {
	s.t.Helper()
	s.put(o)
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.Start("main", o.ID, nil, now)
	})
}

func (s *shop) put(o overlay.Offer) {
	s.t.Helper()
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) { return state.PutOffer(o, now) })
}

func (s *shop) end(offer string) {
	s.t.Helper()
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.End("main", offer, overlay.ByHand, now)
	})
}

func (s *shop) stock(offer string, left int64) {
	s.t.Helper()
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.SetStock(offer, &left, now)
	})
}

func (s *shop) banner(b overlay.Banner) {
	s.t.Helper()
	s.do(func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.ShowBanner("main", b, now)
	})
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

// logBook is a log that can be read.
type logBook struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errFull = errors.New("disk full")

// album is a folder with a picture of each shape.
func album(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, size := range map[string]image.Point{"honey.png": {600, 600}, "tall.png": {300, 900}, "wide.png": {900, 300}} {
		writePicture(t, filepath.Join(dir, name), size)
	}
	return dir
}

// writePicture draws a jar.
func writePicture(t testing.TB, file string, size image.Point) {
	t.Helper()
	img := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			c := color.RGBA{uint8(250 - 60*y/size.Y), uint8(225 - 70*y/size.Y), 150, 255}
			dx, dy := x-size.X/2, y-size.Y/2
			r := min(size.X, size.Y) * 36 / 100
			if dx > -r && dx < r && dy > -r && dy < r {
				c = color.RGBA{uint8(200 + 40*dx/r), uint8(120 + 40*dx/r), 30, 255}
			}
			img.Set(x, y, c)
		}
	}
	f, err := os.Create(file)
	must(t, err)
	must(t, png.Encode(f, img))
	must(t, f.Close())
}

var bigger = image.Point{64, 64}

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}
