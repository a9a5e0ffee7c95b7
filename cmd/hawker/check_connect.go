package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay/rtmp"
	"golang.org/x/sync/errgroup"
)

// probesAtOnce bounds how many destinations are tried side by side.
const probesAtOnce = 16

// expiresSoon is when a certificate should be renewed: those that renew by
// themselves do it well before.
const expiresSoon = 14 * 24 * time.Hour

// attempt is the try of one destination.
type attempt struct {
	name   string // stream/destination
	dest   config.Destination
	left   string // why it is left alone; empty if it is tried
	failed string // where, as people know it
	err    error
	do     string // what to do about err
	cert   *x509.Certificate
	took   time.Duration
}

// checkConnect tries all enabled destinations side by side.
func (a *app) checkConnect(ctx context.Context, c *config.Config, timeout time.Duration) error {
	busy, err := a.busy(ctx)
	if err != nil {
		return err
	}
	attempts, width := enabled(c), 0
	for _, t := range attempts {
		busy.judge(t)
		width = max(width, len(t.name))
	}
	if len(attempts) == 0 {
		_, _ = fmt.Fprintln(a.out, "\nNo destination is enabled: there is nothing to connect to.")
		return nil
	}
	_, _ = fmt.Fprintf(a.out, "\nConnecting to %s; nothing is sent:\n", count(len(attempts), "enabled destination"))
	rows := make([]string, len(attempts))
	for i, t := range attempts {
		rows[i] = t.row(width, "...", "")
	}
	b := newBoard(a.out, rows)
	var group errgroup.Group
	group.SetLimit(probesAtOnce)
	for i, t := range attempts {
		group.Go(func() error {
			t.run(ctx, timeout, func(step string) { b.set(i, t.row(width, "...", step), false) })
			b.set(i, t.result(width), true)
			return nil
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return coded(exitFailure, ctx.Err())
	}
	return a.sumUp(attempts, time.Now())
}

// enabled lists what to try.
func enabled(c *config.Config) []*attempt {
	var all []*attempt
	for _, s := range c.Streams {
		for _, d := range s.Destinations {
			if d.Enabled {
				all = append(all, &attempt{name: s.Name + "/" + d.Name, dest: d})
			}
		}
	}
	return all
}

// run tries the destination, unless there is a result already.
func (t *attempt) run(ctx context.Context, timeout time.Duration, begins func(step string)) {
	if t.left != "" || t.err != nil {
		return
	}
	dialer := rtmp.Dialer{Version: version(), Timeout: timeout, Watch: rtmp.Watch{
		Begins:      func(s rtmp.Step) { begins(stepName(s)) },
		Certificate: func(c *x509.Certificate) { t.cert = c },
	}}
	start := time.Now()
	pub, err := dialer.Publish(ctx, relayDestination(t.dest).Target)
	t.took = time.Since(start)
	var de *rtmp.DialError
	if errors.As(err, &de) {
		t.failed, t.err, t.do = stepName(de.Step), de.Err, advice(de)
		return
	}
	if t.err = err; err == nil {
		_ = pub.Goodbye() // as in testDestination
		_ = pub.Close()
	}
}

func stepName(s rtmp.Step) string {
	for _, known := range steps {
		if known.step == s {
			return known.name
		}
	}
	return string(s)
}

func (t *attempt) row(width int, state, text string) string {
	return strings.TrimRight(fmt.Sprintf("  %-9s  %-*s  %s", state, width, t.name, text), " ")
}

func (t *attempt) result(width int) string {
	switch {
	case t.left != "":
		return t.row(width, "not tried", t.left)
	case t.err != nil:
		return t.row(width, "failed", t.failed)
	}
	return t.row(width, "ok", fmt.Sprintf("took the stream key after %v", t.took.Round(time.Millisecond)))
}

// sumUp says what to do, in the order of the configuration.
func (a *app) sumUp(attempts []*attempt, now time.Time) error {
	failed := 0
	for _, t := range attempts {
		if t.err != nil {
			failed++
			_, _ = fmt.Fprintf(a.out, "\n  %s failed: %s\n      %v\n      -> %s\n", t.name, t.failed, t.err, t.do)
		}
		if text := expiry(t.cert, now); text != "" {
			_, _ = fmt.Fprintf(a.out, "\n  %s, warning: %s\n", t.name, text)
		}
	}
	if failed > 0 {
		return coded(exitFailure, fmt.Errorf("%d of %s cannot be published to", failed, count(len(attempts), "destination")))
	}
	_, _ = fmt.Fprintf(a.out, "\nNothing stands between this machine and its platforms.\n")
	return nil
}

// expiry warns of a certificate that will not be good for long.
func expiry(c *x509.Certificate, now time.Time) string {
	if c == nil || c.NotAfter.Sub(now) > expiresSoon {
		return ""
	}
	return fmt.Sprintf("the server's certificate expires on %s, and connections fail from then on: ask who runs the server to renew it",
		c.NotAfter.Format(dateShape))
}
