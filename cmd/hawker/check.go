package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/keyage"
	"github.com/hawker-live/hawker/relay/platform"
	"github.com/hawker-live/hawker/relay/preflight"
	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	var connect, live bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration, and with it the way to the platforms and the stream",
		Long: `Check the configuration and tell all mistakes at once. Before a show, check more:

  --connect  connect to every enabled destination, as far as publish, and send
             nothing; those that a running server is busy with are left alone
  --live     hold what the encoder sends now, ten seconds of it, against what
             each platform takes; needs a running server and a live stream`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.check()
			if err != nil {
				return err
			}
			if !live { // which tells of keys with the rest
				a.checkKeys(cmd.Context(), c, time.Now())
			}
			var errs []error
			if connect {
				errs = append(errs, a.checkConnect(cmd.Context(), c, timeout))
			}
			if live && cmd.Context().Err() == nil {
				errs = append(errs, a.checkLive(cmd.Context()))
			}
			return joined(errs...)
		},
	}
	cmd.Flags().BoolVar(&connect, "connect", false, "try the way to every enabled destination")
	cmd.Flags().BoolVar(&live, "live", false, "judge the stream that is live")
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "give up on a destination after this long")
	return cmd
}

// joined is errors.Join, but leaves a single error as it is.
func joined(errs ...error) error {
	var some []error
	for _, err := range errs {
		if err != nil {
			some = append(some, err)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	return errors.Join(some...)
}

// check reads the configuration and says that it is fine.
func (a *app) check() (*config.Config, error) {
	c, err := a.load()
	if err == nil {
		err = relayConfig(c, nil).Validate()
	}
	if err == nil {
		_, err = offersFile(c)
	}
	if err != nil {
		return nil, coded(exitFailure, err)
	}
	destinations := 0
	for _, s := range c.Streams {
		destinations += len(s.Destinations)
	}
	_, err = fmt.Fprintf(a.out, "%s is fine: %s, %s\n", a.config, count(len(c.Streams), "stream"), count(destinations, "destination"))
	a.warnOfMetadata(c)
	return c, err
}

// warnOfMetadata tells of cues that no viewer will get.
func (a *app) warnOfMetadata(c *config.Config) {
	for _, s := range c.Streams {
		for _, d := range s.Destinations {
			facts := preflight.Facts{Metadata: len(d.Metadata) > 0}
			facts.Platform, _ = platform.Lookup(d.Platform)
			if problems := preflight.Check(facts); len(problems) > 0 {
				writeFindings(a.out, s.Name+"/"+d.Name, problems)
			}
		}
	}
}

// checkKeys warns of stream keys that have expired, as far as a server has seen
// them on this machine. One that is in use has not.
func (a *app) checkKeys(ctx context.Context, c *config.Config, now time.Time) {
	book, err := keyage.Open(c.Data)
	if err != nil {
		_, _ = fmt.Fprintf(a.out, "  how old the stream keys are cannot be told: %v\n", err)
		return
	}
	ask := sync.OnceValue(func() occupied { busy, _ := a.busy(ctx); return busy })
	for _, s := range dated(relayConfig(c, nil), book).Streams {
		for _, d := range s.Destinations {
			name, problems := s.Name+"/"+d.Name, keyProblems(d, now)
			if d.Enabled && len(problems) > 0 && ask()[name].ConnectedSince.IsZero() {
				writeFindings(a.out, name, problems)
			}
		}
	}
}

func keyProblems(d relay.Destination, now time.Time) []preflight.Problem {
	facts := preflight.Facts{}
	facts.Platform, _ = platform.Lookup(d.Platform)
	if !d.KeySeen.IsZero() {
		facts.KeyAge = now.Sub(d.KeySeen)
	}
	return preflight.Check(facts)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
