package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
)

// pictures shows the streams that have a watch page to browsers. A stream that
// nobody watches costs next to nothing.
type pictures struct {
	relay   *relay.Relay
	dates   *dates
	metrics *playback.Metrics
	logger  *slog.Logger

	next chan *config.Config // has room for one

	mu  sync.Mutex // guards all
	all map[string]*picture
}

// picture is one stream's.
type picture struct {
	handler http.Handler
	source  *stream.Stream
	stop    context.CancelFunc
}

func newPictures(r *relay.Relay, d *dates, reg prometheus.Registerer, logger *slog.Logger) *pictures {
	return &pictures{relay: r, dates: d, metrics: playback.NewMetrics(reg), logger: logger, next: make(chan *config.Config, 1), all: map[string]*picture{}}
}

// run shows what conf, and then what apply, asks for until ctx ends.
func (p *pictures) run(ctx context.Context, conf *config.Config) error {
	var work sync.WaitGroup
	defer work.Wait()
	for {
		p.follow(ctx, &work, conf)
		select {
		case conf = <-p.next:
		case <-ctx.Done():
			return nil
		}
	}
}

// apply shows what another configuration asks for. It is for one caller at a time.
func (p *pictures) apply(conf *config.Config) {
	select {
	case <-p.next: // it was not looked at
	default:
	}
	p.next <- conf
}

// follow begins to show streams that are new, and ends those that are gone. One
// that went and came back is another.
func (p *pictures) follow(ctx context.Context, work *sync.WaitGroup, conf *config.Config) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := map[string]*stream.Stream{}
	for _, s := range conf.Streams {
		if source := p.relay.Stream(s.Name); s.Watch && source != nil {
			wanted[s.Name] = source
		}
	}
	for name, old := range p.all {
		if wanted[name] != old.source {
			old.stop()
			delete(p.all, name)
		}
	}
	for name, source := range wanted {
		if p.all[name] == nil {
			p.begin(ctx, work, name, source)
		}
	}
}

// begin shows a stream. The caller holds mu.
func (p *pictures) begin(ctx context.Context, work *sync.WaitGroup, name string, source *stream.Stream) {
	server, err := playback.New(playback.Config{Stream: name, Source: source, Timeline: p.dates.line(name), Logger: p.logger, Metrics: p.metrics})
	if err != nil {
		p.logger.Error("a stream cannot be shown to viewers", "stream", name, "err", err)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	p.all[name] = &picture{server.Handler(), source, stop}
	work.Go(func() { _ = server.Run(ctx) })
}

// handler serves a stream's picture.
func (p *pictures) handler(name string) http.Handler {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.all[name]; one != nil {
		return one.handler
	}
	return http.HandlerFunc(notYet)
}

// notYet is the answer while the server begins. A cache that may keep it would go
// on saying so.
func notYet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "2")
	http.Error(w, "the stream is not live", http.StatusNotFound)
}
