package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func (a *app) serveCommand() *cobra.Command {
	var level string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the relay",
		Long: `Run the relay until interrupted.

Writes a starter configuration when there is none. Changes of the configuration
file, and SIGHUP, are followed while it runs: what did not change is not touched,
and a file with a mistake changes nothing.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := newLogger(a.err, level)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), logger)
		},
	}
	cmd.Flags().StringVar(&level, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func newLogger(w interface{ Write([]byte) (int, error) }, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usagef("--log-level takes debug, info, warn or error, not %q", level)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
}

func (a *app) serve(ctx context.Context, logger *slog.Logger) error {
	if _, err := os.Stat(a.config); errors.Is(err, fs.ErrNotExist) {
		if err := a.writeStarter(); err != nil {
			return err
		}
	}
	conf, err := a.load()
	if err != nil {
		return err
	}
	doors, err := listen(conf)
	if err != nil {
		return coded(exitFailure, err)
	}
	defer doors.close()
	s, err := newServer(ctx, conf, logger)
	if err != nil {
		if ctx.Err() != nil { // interrupted while it started
			return nil
		}
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.selling.run(ctx, doors.public, logger) })
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error {
		select { // streams are there once the relay runs
		case <-s.relay.Ready():
			return s.viewing.run(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error { return s.admin.Serve(ctx, doors.admin) })
	reload := newReloader(a, conf, s, logger)
	group.Go(func() error { return reload.run(ctx) })
	for _, ready := range []<-chan struct{}{s.selling.ready, s.relay.Ready()} {
		select {
		case <-ready:
		case <-ctx.Done():
			return group.Wait()
		}
	}
	a.announce(conf, s, doors)
	return group.Wait()
}

// doors are where HTTP comes in; public is nil when no viewers are wanted.
type doors struct{ admin, public net.Listener }

func listen(conf *config.Config) (d doors, err error) {
	if d.admin, err = net.Listen("tcp", conf.Admin.Listen); err != nil {
		return doors{}, fmt.Errorf("admin.listen: %w", err)
	}
	if conf.Public.Listen == "" {
		return d, nil
	}
	if d.public, err = net.Listen("tcp", conf.Public.Listen); err != nil {
		d.close()
		return doors{}, fmt.Errorf("public.listen: %w", err)
	}
	return d, nil
}

func (d doors) close() {
	_ = d.admin.Close()
	if d.public != nil {
		_ = d.public.Close()
	}
}

// server is what serve runs.
type server struct {
	selling  *selling
	viewing  *viewing
	relay    *relay.Relay
	admin    *admin.Server
	registry *prometheus.Registry
	keys     keyAges
}

func newServer(ctx context.Context, conf *config.Config, logger *slog.Logger) (_ *server, err error) {
	token, err := admin.EnsureToken(conf.Data)
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s := &server{registry: reg, keys: openKeyAges(conf.Data, logger)}
	if s.selling, err = openSelling(ctx, conf, reg, logger); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.selling.store.Close())
		}
	}()
	s.relay, err = relay.New(s.relayConfig(conf), relay.Options{
		Version: version(), Logger: logger, Registerer: reg, OnBroadcast: s.onBroadcast(ctx),
	})
	if err != nil {
		return nil, coded(exitConfig, err)
	}
	s.selling.attach(s.relay)
	if s.viewing, err = openViewing(conf, s.selling, s.relay, reg, logger); err != nil {
		return nil, coded(exitConfig, err)
	}
	s.selling.viewing = s.viewing
	s.admin, err = admin.New(admin.Config{
		Relay: s.relay, Token: token, Gatherer: reg, Registerer: reg, Logger: logger, More: s.selling.routes,
	})
	return s, err
}

// onBroadcast tells who shows it of each broadcast.
func (s *server) onBroadcast(ctx context.Context) func(stream string, since time.Time) {
	sell := s.selling.follow(ctx)
	return func(stream string, since time.Time) {
		sell(stream, since)
		s.viewing.live(stream, since)
	}
}

// relayConfig is the media plane's part of the configuration.
func (s *server) relayConfig(conf *config.Config) relay.Config {
	return s.keys.note(relayConfig(conf, s.selling.cues.decorator), time.Now())
}

// announce prints the one block that a person needs to begin.
func (a *app) announce(conf *config.Config, s *server, d doors) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nHawker %s is ready.\n\n", version())
	a.writeOBSSettings(&b, s.relay.Addr(), s.relay.AddrTLS())
	for _, st := range conf.Streams {
		fmt.Fprintf(&b, "\n  Stream %s\n", st.Name)
		if len(st.Destinations) == 0 {
			fmt.Fprintf(&b, "    no destinations yet; add one: %s destination add %s youtube --platform youtube\n", a.self(), st.Name)
		}
		width := 0
		for _, d := range st.Destinations {
			width = max(width, len(d.Name))
		}
		for _, d := range st.Destinations {
			fmt.Fprintf(&b, "    -> %-*s  %s%s\n", width, d.Name, shownServer(d), notes(d))
		}
	}
	fmt.Fprintf(&b, "\n  Metrics   http://%s/metrics\n", d.admin.Addr())
	if d.public != nil {
		fmt.Fprintf(&b, "  Viewers   %s/STREAM\n", publicURL(conf, d.public.Addr().String()))
		fmt.Fprintf(&b, "  Overlay   %s overlay STREAM prints the link for OBS\n", a.self())
	}
	fmt.Fprintf(&b, "  Status    %s status --watch\n", a.self())
	fmt.Fprintf(&b, "  Config    %s (changes are followed)\n\n", a.config)
	_, _ = fmt.Fprint(a.out, b.String())
}

func notes(d config.Destination) string {
	var n []string
	if !d.Enabled {
		n = append(n, "disabled")
	}
	if d.Delay > 0 {
		n = append(n, "delayed by "+d.Delay.String())
	}
	if len(n) == 0 {
		return ""
	}
	return "  (" + strings.Join(n, ", ") + ")"
}
