package relay_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestChurnLeavesNothingBehind publishes and ends, and switches destinations on
// and off, a hundred times each. It counts what the process has: it is not
// parallel.
func TestChurnLeavesNothingBehind(t *testing.T) { churn(t, 10, 10) }

// TestLongChurnLeavesNothingBehind does it ten thousand times each.
func TestLongChurnLeavesNothingBehind(t *testing.T) {
	require.Nightly(t)
	churn(t, 50, 200)
}

// churn has a stream for those that come and go, and one that is live all the
// time and gets so many destinations, each switched so many times.
func churn(t *testing.T, hosts, cycles int) {
	t.Helper()
	come := stream("come")
	come.StopGrace = 0
	r := start(t, relay.Config{Streams: []relay.Stream{come, stream("main")}}, func(o *relay.Options) {
		o.Logger = nil // the journal keeps all that it is told
	})
	r.encode(relaytest.EncoderConfig{Keep: 10})
	r.churn(hosts, 2) // fills what is kept for good
	before := inventory()
	r.churn(hosts, cycles)
	eventually(t, noise*5, fmt.Sprintf("the process has what it had before, %+v", before), func() bool {
		after := inventory()
		t.Logf("after: %+v", after)
		return after.near(before)
	})
}

// churn ends with the configuration that it began with, and without platforms:
// these remember each of their sessions.
func (r *rig) churn(hosts, cycles int) {
	r.t.Helper()
	conf := r.conf
	busy := stream("main")
	var platforms []*relaytest.Platform
	for i := range hosts { // dials to one host are paced: each is one of its own
		p := relaytest.NewPlatform(relaytest.PlatformConfig{Listen: fmt.Sprintf("127.0.5.%d:0", i+1), Keep: 10})
		must(r.t, p.Start())
		defer p.Close()
		platforms = append(platforms, p)
		busy.Destinations = append(busy.Destinations, to(fmt.Sprint("d", i), p))
	}
	conf.Streams = []relay.Stream{r.conf.Streams[0], busy}
	must(r.t, r.Apply(conf))
	var all sync.WaitGroup
	all.Go(func() { r.comeAndGo(hosts * cycles) })
	for i, p := range platforms {
		all.Go(func() { r.onAndOff(busy.Destinations[i].Name, p, cycles) })
	}
	all.Wait()
	must(r.t, r.Apply(r.conf))
}

// comeAndGo publishes a few frames and says goodbye, n times.
func (r *rig) comeAndGo(n int) {
	source := relaytest.Synthetic{VideoBitrate: 100_000, Duration: 100 * time.Millisecond}
	for range n {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("come"), Source: source.Source(), Speed: relaytest.Unpaced})
		err := e.Start(r.t.Context())
		if err == nil {
			err = e.Wait()
		}
		if err != nil {
			r.t.Errorf("publish: %v", err)
			return
		}
	}
}

// onAndOff switches a destination off and on, n times, as its platform sees it.
func (r *rig) onAndOff(name string, p *relaytest.Platform, n int) {
	ctx := within(r.t, time.Duration(n)*time.Second+10*time.Second)
	for i := range n {
		s, err := p.WaitSession(ctx, i+1)
		for _, do := range []func() error{
			func() error { return s.WaitMessages(ctx, 1) },
			func() error { return r.Control("main", name, relay.Disable) },
			func() error { return s.WaitEnd(ctx) },
			func() error { return r.Control("main", name, relay.Enable) },
		} {
			if err == nil {
				err = do()
			}
		}
		if err != nil {
			r.t.Errorf("%s, cycle %d: %v", name, i+1, err)
			return
		}
	}
}

// things are what a process has.
type things struct {
	goroutines, descriptors int
	heap                    int64 // bytes
}

func inventory() things {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd") // none where there is no /proc
	return things{runtime.NumGoroutine(), len(open), int64(m.HeapAlloc)}
}

// near allows what comes and goes by itself.
func (t things) near(before things) bool {
	return t.goroutines <= before.goroutines+5 && t.descriptors <= before.descriptors+5 && t.heap <= before.heap+5<<20
}
