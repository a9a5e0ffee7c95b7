package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	n        []int
	rounds   int
	seconds  time.Duration // of each measurement
	targets  []string
	tls      bool
	saturate bool
	extras   bool // ingest alone, many streams, stalled destinations
	json     string
	hawker   string
	progress func(sample)
}

// parseOptions reads the command line. flag.ErrHelp is no mistake.
func parseOptions(args []string, out io.Writer) (options, error) {
	f := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	f.SetOutput(out)
	var o options
	n := f.String("n", "1,10,50,200", "numbers of destinations")
	targets := f.String("targets", strings.Join(allTargets(), ","), "what to measure")
	f.IntVar(&o.rounds, "rounds", 3, "rounds, whose medians are taken")
	seconds := f.Float64("seconds", 2, "length of each measurement; best an even number, since keyframes come each two seconds")
	f.BoolVar(&o.tls, "tls", true, "measure RTMPS, too")
	f.BoolVar(&o.saturate, "saturate", true, "search for the most destinations that are served well")
	f.BoolVar(&o.extras, "extras", true, "measure ingest alone, many streams, and the memory of stalled destinations")
	f.StringVar(&o.json, "json", "", "write everything to this file")
	f.StringVar(&o.hawker, "hawker", "", "the program to measure, instead of building it from this tree")
	quick := f.Bool("quick", false, "one short round with few destinations, to see that it works")
	f.Usage = func() {
		_, _ = fmt.Fprint(out, "Measures relays beside each other; see `go doc ./examples/benchmark`.\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("there are no arguments, but %q was given", f.Arg(0))
	}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if *quick {
		o.quicken(set, n, seconds)
	}
	o.seconds = time.Duration(*seconds * float64(time.Second))
	o.targets = strings.Split(*targets, ",")
	return o, errors.Join(o.numbers(*n), o.check())
}

// quicken changes what was not asked for.
func (o *options) quicken(set map[string]bool, n *string, seconds *float64) {
	if !set["n"] {
		*n = "1,10,50"
	}
	if !set["rounds"] {
		o.rounds = 1
	}
	if !set["seconds"] {
		*seconds = 1
	}
	o.saturate = o.saturate && set["saturate"]
	o.extras = o.extras && set["extras"]
}

const maxDestinations = 10_000

func (o *options) numbers(list string) error {
	for _, text := range strings.Split(list, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || v < 1 || v > maxDestinations {
			return fmt.Errorf("-n takes numbers from 1 to %d with commas between them, not %q", maxDestinations, list)
		}
		o.n = append(o.n, v)
	}
	return nil
}

func (o *options) check() error {
	switch {
	case o.rounds < 1 || o.rounds > 100:
		return errors.New("-rounds takes a number from 1 to 100")
	case o.seconds < 100*time.Millisecond || o.seconds > 30*time.Second:
		return errors.New("-seconds takes a number from 0.1 to 30: sinks remember what was sent for less than a minute")
	}
	return nil
}
