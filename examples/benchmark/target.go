package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// job is what a relay is configured with. The yardstick reads it as JSON.
type job struct {
	Streams []streamJob
	CAFile  string // of the destinations' certificates
	Dir     string // for the relay's files
}

// streamJob is one stream: what it is called, and where it goes.
type streamJob struct {
	Name         string
	Destinations []place
}

// target is a relay that can be measured.
type target interface {
	// name is as in -targets.
	name() string
	// can tells whether it can do a scenario.
	can(s scenario) bool
	// start starts it on a core and returns once it takes publishers.
	start(ctx context.Context, j job, core int) (*relay, error)
}

// relay is a target that runs.
type relay struct {
	*process
	ingest  func(stream string) place
	metrics string // address of Prometheus metrics; empty if there are none
}

// errMissing is why a target is left out.
var errMissing = errors.New("not installed")

// newTargets finds what is named.
func newTargets(ctx context.Context, o options, dir string) (out []target, skipped []string, err error) {
	for _, name := range o.targets {
		var t target
		switch name {
		case "bare-each", "bare-all":
			t, err = newBareTarget(name)
		case "nginx-rtmp":
			t, err = newNginx()
		case "hawker", relaxedHawker:
			t, err = newHawker(ctx, o.hawker, dir, name == relaxedHawker)
		default:
			err = fmt.Errorf("-targets: there is no %q; take some of %s", name, strings.Join(allTargets(), ", "))
		}
		if errors.Is(err, errMissing) {
			skipped = append(skipped, err.Error())
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("nothing to measure: %s", strings.Join(skipped, "; "))
	}
	return out, skipped, nil
}

func allTargets() []string {
	return []string{"bare-each", "bare-all", "nginx-rtmp", "hawker", relaxedHawker}
}

// relaxedHawker gathers packets for a tenth of a second.
const relaxedHawker = "hawker-relaxed"

func isBare(name string) bool { return strings.HasPrefix(name, "bare-") }

// found returns the address that a pattern finds in what a program printed.
func found(text string, pattern *regexp.Regexp) (string, error) {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("it did not say where it listens: %q", text)
	}
	if _, err := netip.ParseAddrPort(m[1]); err != nil {
		return "", err
	}
	return m[1], nil
}
