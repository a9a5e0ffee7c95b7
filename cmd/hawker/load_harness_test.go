package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// standalone is a built hawker in a process of its own, whose needs can be told
// from its test's, with its destinations: d0 at the first platform, and so on.
type standalone struct {
	*process
	t           *testing.T
	ctx         context.Context
	program     string
	conf        string // the configuration's path
	rtmp, admin string // host:port
	public      string
	out         *output
	platforms   []*relaytest.Platform
}

// noise is what a test allows on top of a promise, for a busy machine.
const noise = time.Second

// platforms are so many fakes, each a host of its own: dials to one host are
// paced.
func platforms(t *testing.T, n int, conf relaytest.PlatformConfig) []*relaytest.Platform {
	t.Helper()
	var all []*relaytest.Platform
	for i := range n {
		conf.Listen = host(i) + ":0"
		all = append(all, relaytest.StartPlatform(t, conf))
	}
	return all
}

func host(i int) string { return fmt.Sprintf("127.0.1.%d", i+1) }

// standAlone builds hawker and runs it for limit at most, with one stream.
func standAlone(t *testing.T, limit time.Duration, all []*relaytest.Platform, caFile string) *standalone {
	t.Helper()
	s := unconfigured(t, limit, all)
	s.configure(caFile, "main")
	s.run()
	return s
}

func unconfigured(t *testing.T, limit time.Duration, all []*relaytest.Platform) *standalone {
	t.Helper()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here to measure a process by")
	}
	built := &realParts{dir: t.TempDir()}
	built.build(t)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	free := freeAddresses(t, 3)
	return &standalone{t: t, ctx: ctx, program: built.hawker, conf: filepath.Join(built.dir, "hawker.yaml"), rtmp: free[0], admin: free[1], public: free[2], out: newOutput(), platforms: all}
}

// configure writes a configuration with these streams, each with all
// destinations.
func (s *standalone) configure(caFile string, streams ...string) {
	s.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "ingest: {rtmp: %q}\nadmin: {listen: %q}\npublic: {listen: %q, trusted_proxies: [\"127.0.0.1\"]}\nstreams:\n", s.rtmp, s.admin, s.public)
	if caFile != "" {
		caFile = fmt.Sprintf(", ca_file: %q", caFile)
	}
	for n, name := range streams {
		fmt.Fprintf(&b, "  - name: %s\n    key: %q\n    stop_grace: 0s\n    destinations:\n", name, ingestKey(n))
		for i, p := range s.platforms {
			fmt.Fprintf(&b, "      - {name: d%d, url: %q, key: %q%s}\n", i, p.URL(), fmt.Sprintf("%s%d-%d", canaries["steady"], n, i), caFile)
		}
	}
	must(s.t, os.WriteFile(s.conf, []byte(b.String()), 0o600))
}

// ingestKey is the nth stream's.
func ingestKey(n int) string { return fmt.Sprint(canaries["ingest"], n) }

// run starts the process and waits until it says that it is ready.
func (s *standalone) run() {
	s.t.Helper()
	before := strings.Count(s.out.String(), "Config ")
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	s.process = &process{start(s.t, s.out, s.program, "-c", s.conf, "serve", "--log-level", "debug")}
	s.out.wait(ctx, s.t, "Config ", before+1)
}

func (s *standalone) target() rtmp.Target { return s.targetOf(0) }

// targetOf is where the nth stream goes.
func (s *standalone) targetOf(n int) rtmp.Target {
	return rtmp.Target{Server: "rtmp://" + s.rtmp + "/live", Key: secret.New(ingestKey(n))}
}

// encode plays a source once all destinations are there: within the first group
// of pictures it waits for them.
func (s *standalone) encode(source relaytest.Synthetic) *relaytest.Encoder {
	s.t.Helper()
	e := relaytest.StartEncoder(s.ctx, s.t, relaytest.EncoderConfig{Target: s.target(), Source: source.Source()})
	must(s.t, e.WaitSent(s.ctx, 5))
	e.Pause()
	for _, p := range s.platforms {
		_, err := p.WaitSession(s.ctx, 1)
		must(s.t, err)
	}
	e.Resume()
	return e
}

// status asks the API for a destination.
func (s *standalone) status(name string) relay.DestinationStatus {
	s.t.Helper()
	streams, err := (&admin.Client{Address: s.admin}).Streams(s.ctx)
	must(s.t, err)
	for _, d := range streams[0].Destinations {
		if d.Name == name {
			return d
		}
	}
	s.t.Fatalf("the API knows no destination %s", name)
	return relay.DestinationStatus{}
}

// tellsNoKeys looks at what was printed and what ps shows.
func (s *standalone) tellsNoKeys() {
	s.t.Helper()
	silent(s.t, "what serve prints and logs", s.out.String())
	shown, err := os.ReadFile(s.proc("cmdline"))
	must(s.t, err)
	silent(s.t, "the process list", string(shown))
}

// reference is the 6 Mb/s stream of the load tests.
func reference(t *testing.T, length time.Duration) relaytest.Synthetic {
	return relaytest.Synthetic{Duration: require.For(t, length), BFrames: true}
}

// yardstick measures an encoder and a platform with nothing in between, at the
// same time and on the same machine as what is compared with it.
func yardstick(ctx context.Context, t *testing.T) (end func() relaytest.Latency) {
	t.Helper()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	e := relaytest.StartEncoder(ctx, t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: p.URL(), Key: secret.New("direct")}, Source: relaytest.Synthetic{BFrames: true}.Source(),
	})
	return func() relaytest.Latency {
		e.Stop()
		l, err := relaytest.Latencies(e.Sent(), p.Sessions()[0].Messages())
		must(t, err)
		return l
	}
}
