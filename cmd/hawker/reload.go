package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// reloader applies the configuration again when its files change, or on SIGHUP.
// All of it is checked before any of it counts.
type reloader struct {
	app    *app
	server *server
	logger *slog.Logger

	ok   prometheus.Gauge
	when prometheus.Gauge
	hup  chan os.Signal

	mu    sync.Mutex // guards the rest, and is held during a reload, so that they come one by one
	conf  *config.Config
	seen  []string // files to watch: those of the last attempt, good or bad
	wrong string   // the last mistake, to tell each once
	later bool     // the database took nothing: to be tried again
}

func newReloader(a *app, conf *config.Config, s *server, logger *slog.Logger) *reloader {
	r := &reloader{app: a, server: s, logger: logger, conf: conf, seen: conf.Files(), hup: make(chan os.Signal, 1),
		ok: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hawker_config_last_reload_success",
			Help: "Whether the configuration file as it is now is in force (1) or has a mistake (0).",
		}),
		when: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hawker_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration in force was read.",
		}),
	}
	s.registry.MustRegister(r.ok, r.when)
	r.succeeded()
	signal.Notify(r.hup, syscall.SIGHUP) // before anybody is told that the server is ready: until here it ends the process
	return r
}

func (r *reloader) succeeded() {
	r.ok.Set(1)
	r.when.SetToCurrentTime()
	r.wrong = ""
}

func (r *reloader) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		watch := config.NewWatcher(r.files)
		r.catchUp(ctx)
		watch.Run(ctx, func() { r.reload(ctx) })
		return nil
	})
	group.Go(func() error {
		defer signal.Stop(r.hup)
		again := time.NewTicker(tryAgainEvery)
		defer again.Stop()
		for {
			select {
			case <-r.hup:
				r.reload(ctx)
			case <-again.C:
				if r.unfinished() {
					r.reload(ctx)
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
	return group.Wait()
}

// tryAgainEvery is how often a configuration is tried that was sound, and that
// the database did not take.
const tryAgainEvery = 5 * time.Second

func (r *reloader) unfinished() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.later
}

// catchUp reloads if a file has changed between its reading and the beginning of
// the watch.
func (r *reloader) catchUp(ctx context.Context) {
	r.mu.Lock()
	before := r.conf
	r.mu.Unlock()
	if now, err := r.app.load(); err != nil || !reflect.DeepEqual(now, before) {
		r.reload(ctx)
	}
}

// apply puts a configuration into force: offers first, since a database may take
// nothing, then the relay. What can be wrong with either is found before.
func (s *server) apply(ctx context.Context, conf *config.Config) error {
	next := s.relayConfig(conf)
	if err := errors.Join(next.Validate(), s.viewing.check(conf)); err != nil {
		return err
	}
	if err := s.selling.apply(ctx, conf); err != nil {
		return err
	}
	if err := s.relay.Apply(next); err != nil {
		return err
	}
	return s.viewing.apply(conf)
}

func (r *reloader) files() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// reload puts the file into force, or says what is wrong and leaves all as it is.
func (r *reloader) reload(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	conf, err := r.app.load()
	r.seen = conf.Files()
	if err == nil {
		err = r.server.apply(ctx, conf)
	}
	r.later = errors.Is(err, control.ErrUnavailable)
	if err != nil {
		r.ok.Set(0)
		if text := err.Error(); text != r.wrong {
			r.wrong = text
			message := "the configuration has a mistake; the one before stays in force"
			if r.later {
				message = "the configuration is not in force yet; it is tried again until the database takes its offers"
			}
			r.logger.Error(message, "config", r.app.config, "err", err)
		}
		return
	}
	if waitsForStart(r.conf, conf) {
		r.logger.Warn(atNextStart)
	}
	r.conf = conf
	r.succeeded()
	r.logger.Info("configuration in force", "config", r.app.config, "streams", len(conf.Streams))
}

const atNextStart = "a change of admin.listen, public.listen, data or chat_retention takes effect at the next start"

// waitsForStart tells whether something changed that is not followed while the
// program runs.
func waitsForStart(before, now *config.Config) bool {
	return now.Admin.Listen != before.Admin.Listen || now.Public.Listen != before.Public.Listen || now.Data != before.Data ||
		!now.Database.Equal(before.Database) || now.ChatRetention != before.ChatRetention
}
