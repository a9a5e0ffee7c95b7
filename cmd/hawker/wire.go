package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/platform"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// load reads the configuration, with the platforms that this program knows.
func (a *app) load() (*config.Config, error) {
	c, err := config.Load(a.config, configOptions())
	return c, a.configError(err)
}

// edit changes the configuration file. A running server follows by itself.
func (a *app) edit(change func(*config.Doc) error) error {
	var refused error
	err := config.Edit(a.config, configOptions(), func(d *config.Doc) error {
		refused = change(d)
		return refused
	})
	if refused != nil { // the file is sound; what was asked for does not fit it
		return err
	}
	return a.configError(err)
}

func (a *app) configError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no configuration at %s: make one with `hawker init`, or name another with -c", a.config)
	}
	return coded(exitConfig, err)
}

// configOptions tells package config of the platform catalogue.
func configOptions() config.Options {
	opts := config.Options{Platform: func(id string) (config.Platform, bool) {
		p, ok := platform.Lookup(id)
		return config.Platform{Server: p.Server, BackupServer: p.BackupServer, NeedsURL: p.NeedsURL, FindURL: p.FindURL}, ok
	}}
	opts.Nickname = chat.CheckHost
	for _, p := range platform.All() {
		opts.PlatformIDs = append(opts.PlatformIDs, p.ID)
	}
	return opts
}

// relayConfig is the media plane's part of the configuration. What a
// destination's packets pass through is for decorate to say; it may be nil.
func relayConfig(c *config.Config, decorate func(stream string, d config.Destination) destination.Decorator) relay.Config {
	out := relay.Config{RTMP: c.Ingest.RTMP}
	if t := c.Ingest.RTMPS; t != nil {
		out.RTMPS = &relay.RTMPS{Listen: t.Listen, CertFile: t.Cert, KeyFile: t.Key}
	}
	for _, s := range c.Streams {
		st := relay.Stream{
			Name: s.Name, Key: s.Key, BackupKey: s.BackupKey, BackupReturn: relay.BackupReturn(s.BackupReturn), Takeover: relay.Takeover(s.Takeover),
			Hold: s.Hold, HoldSlate: relay.HoldSlate(s.HoldSlate), StopGrace: s.StopGrace, Record: recordSettings(s.Record),
		}
		for _, d := range s.Destinations {
			to := relayDestination(d)
			if decorate != nil {
				to.Decorator = decorate(s.Name, d)
			}
			st.Destinations = append(st.Destinations, to)
		}
		out.Streams = append(out.Streams, st)
	}
	return out
}

func relayDestination(d config.Destination) relay.Destination {
	target := rtmp.Target{Server: d.URL, Key: d.Key, CAFile: d.CAFile}
	out := relay.Destination{Name: d.Name, Enabled: d.Enabled, Delay: d.Delay, Target: target,
		FixedParameters: fixedParameters(d), Platform: d.Platform}
	if d.Latency == "relaxed" {
		out.Gather = relaxed
	}
	if d.BackupURL != "" {
		backup := target
		backup.Server = d.BackupURL
		out.Backups = append(out.Backups, backup)
	}
	return out
}

// relaxed is what "latency: relaxed" means: platforms add seconds anyway.
const relaxed = 100 * time.Millisecond

// fixedParameters tells whether a destination gets a new connection when the
// encoder's parameters change: what the file says, or else on platforms that are
// not known to take them within one.
func fixedParameters(d config.Destination) bool {
	if d.ParameterChange != "" {
		return d.ParameterChange == "reconnect"
	}
	p, known := platform.Lookup(d.Platform)
	return known && p.Social && !p.ParameterChange
}

// client reaches the server that runs with this configuration.
func (a *app) client() (*admin.Client, error) {
	c, err := a.load()
	if mistakes := (config.Errors{}); errors.As(err, &mistakes) && c.Admin.Listen != "" {
		// The server runs with the one before, and its show must go on.
		_, _ = fmt.Fprintf(a.err, "The configuration has %s now: see %s check\n", count(len(mistakes), "mistake"), a.self())
	} else if err != nil {
		return nil, err
	}
	client := &admin.Client{Address: dialable(c.Admin.Listen)}
	// Reading works without a token, and says so when it does not.
	client.Token, _ = admin.ReadToken(c.Data)
	return client, nil
}

// dialable turns a listen address into one that can be connected to from here.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port)
}
