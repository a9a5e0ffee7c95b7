package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted; what is above is what there was until then")
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run measures what the arguments say, or is the yardstick: see bareTarget.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) == 2 && isBare(args[0]) {
		return runBare(ctx, out, args[0], args[1])
	}
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	relayCore, ownCore, err := cores()
	if err != nil {
		return err
	}
	b, err := newBench(o, relayCore, ownCore)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	targets, skipped, err := newTargets(ctx, o, b.dir)
	if err != nil {
		return err
	}
	if err := pinSelf(ownCore); err != nil {
		return err
	}
	b.progress = func(s sample) { _, _ = fmt.Fprintln(log, line(s)) }
	r := &result{Machine: machine(), Command: append([]string{"benchmark"}, args...), Began: time.Now(), Skipped: skipped}
	err = b.all(ctx, targets, r)
	return errors.Join(b.finish(r, out), err)
}

// newBench makes what measurements share. The caller removes its folder.
func newBench(o options, relayCore, ownCore int) (*bench, error) {
	ca, err := relaytest.NewCA()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hawker-benchmark-")
	if err != nil {
		return nil, err
	}
	file, err := ca.File(dir)
	return &bench{options: o, dir: dir, ca: ca, caFile: file, relayCore: relayCore, ownCore: ownCore}, err
}
