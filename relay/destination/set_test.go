package destination_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// wanted is a destination whose key is its name.
func wanted(name string, change ...func(*destination.Config)) destination.Config {
	c := destination.Config{Name: name, Enabled: true,
		Targets: []rtmp.Target{{Server: "rtmp://" + name + ".example/live", Key: secret.New(name)}}}
	for _, ch := range change {
		ch(&c)
	}
	return c
}

func disabled(c *destination.Config)      { c.Enabled = false }
func delayed(c *destination.Config)       { c.Delay = 5 * time.Second }
func elsewhere(c *destination.Config)     { c.Targets[0].Server = "rtmp://elsewhere.example/live" }
func rekeyed(c *destination.Config)       { c.Targets[0].Key = secret.New("another") }
func withoutServer(c *destination.Config) { c.Targets = nil }

// onAir is a Set that runs while a broadcast is on.
type onAir struct {
	*destination.Set
	t *testing.T
	p *platform
	f *feed
	b *broadcast
}

func newOnAir(t *testing.T, p *platform, first ...destination.Config) *onAir {
	t.Helper()
	o := &onAir{t: t, p: p, f: newFeed()}
	var err error
	if o.Set, err = destination.NewSet(destination.SetConfig{Stream: "main", Feed: o.f, Dialer: p}); err != nil {
		t.Fatal(err)
	}
	o.apply(first...)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		for key, n := range p.open {
			if n != 0 {
				t.Errorf("%d connections with key %s are left", n, key)
			}
		}
	})
	o.b = o.f.begin()
	go o.b.play(ctx)
	return o
}

func (o *onAir) apply(cfgs ...destination.Config) {
	o.t.Helper()
	if err := o.Apply(cfgs); err != nil {
		o.t.Fatal(err)
	}
}

// of returns the connections made with a key, oldest first.
func (o *onAir) of(name string) []*conn {
	o.p.mu.Lock()
	defer o.p.mu.Unlock()
	var all []*conn
	for _, c := range o.p.conns {
		if c.target.Key.Reveal() == name {
			all = append(all, c)
		}
	}
	return all
}

func TestApplyTouchesOnlyWhatChanged(t *testing.T) {
	cases := map[string]struct {
		after     []destination.Config
		conns     int  // made by "a" in the end
		goodbyes  int  // heard on the first of them
		closed    bool // that one
		state     destination.State
		dialAfter time.Duration
	}{
		"nothing":          {after: []destination.Config{wanted("a"), wanted("b")}, conns: 1, state: destination.Live},
		"order":            {after: []destination.Config{wanted("b"), wanted("a")}, conns: 1, state: destination.Live},
		"another is added": {after: []destination.Config{wanted("a"), wanted("b"), wanted("c")}, conns: 1, state: destination.Live},
		"server":           {after: []destination.Config{wanted("a", elsewhere), wanted("b")}, conns: 2, goodbyes: 1, closed: true, state: destination.Live},
		"key":              {after: []destination.Config{wanted("a", rekeyed), wanted("b")}, conns: 1, goodbyes: 1, closed: true, state: destination.Live},
		"delay":            {after: []destination.Config{wanted("a", delayed), wanted("b")}, conns: 2, closed: true, state: destination.Live},
		"disabled":         {after: []destination.Config{wanted("a", disabled), wanted("b")}, conns: 1, goodbyes: 1, closed: true, state: destination.Off},
		"removed":          {after: []destination.Config{wanted("b")}, conns: 1, goodbyes: 1, closed: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &platform{}
				o := newOnAir(t, p, wanted("a"), wanted("b"))
				time.Sleep(2 * time.Second)
				o.apply(tc.after...)
				time.Sleep(3 * time.Second)
				conns := o.of("a")
				goodbyes, closed := conns[0].farewell()
				if len(conns) != tc.conns || goodbyes != tc.goodbyes || closed != tc.closed {
					t.Errorf("%d connections, %d goodbyes, closed %v; want %d, %d, %v", len(conns), goodbyes, closed, tc.conns, tc.goodbyes, tc.closed)
				}
				if _, closed := o.of("b")[0].farewell(); closed || len(o.of("b")) != 1 {
					t.Error("the neighbour was touched")
				}
				if d := o.Get("a"); tc.state == "" && d != nil || tc.state != "" && d.Status().State != tc.state {
					t.Errorf("a is %+v, want state %q", d, tc.state)
				}
				for i, s := range o.Status() {
					if s.Name != tc.after[i].Name || s.Stream != "main" {
						t.Errorf("status %d is of %s/%s", i, s.Stream, s.Name)
					}
				}
				if p.atOnce() > 1 {
					t.Errorf("%d connections of one destination at a time", p.atOnce())
				}
			})
		})
	}
}

func TestBadApplyChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOnAir(t, &platform{}, wanted("a"), wanted("b"))
		time.Sleep(2 * time.Second)
		err := o.Apply([]destination.Config{wanted("a", disabled), wanted("x", withoutServer), wanted("y"), wanted("y")})
		if err == nil || !mentions(err.Error(), `"x"`, "no server", `"y"`, "taken") {
			t.Errorf("error does not tell everything: %v", err)
		}
		time.Sleep(2 * time.Second)
		if got := o.Status(); len(got) != 2 || got[0].State != destination.Live || got[1].State != destination.Live {
			t.Errorf("status: %+v", got)
		}
		if o.p.count() != 2 {
			t.Errorf("%d connections, want 2", o.p.count())
		}
	})
}

func TestOperatorOverridesConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOnAir(t, &platform{}, wanted("a"), wanted("b"))
		time.Sleep(time.Second)
		o.Get("a").Disable()
		steps := []struct {
			name string
			cfg  destination.Config
			want destination.State
		}{
			{"a reload without changes", wanted("a"), destination.Off},
			{"a reload with another server", wanted("a", elsewhere), destination.Off},
			{"a reload that disables", wanted("a", elsewhere, disabled), destination.Off},
			{"a reload that enables", wanted("a", elsewhere), destination.Live},
			{"a reload that disables and moves", wanted("a", disabled), destination.Off},
			{"a reload that enables and moves", wanted("a", elsewhere), destination.Live},
		}
		for _, step := range steps {
			o.apply(step.cfg, wanted("b"))
			time.Sleep(2 * time.Second)
			if got := o.Get("a").Status(); got.State != step.want || got.Enabled != (step.want == destination.Live) {
				t.Errorf("after %s: %v, enabled %v", step.name, got.State, got.Enabled)
			}
		}
	})
}

// A platform that is slow to let go must not see the next connection first.
func TestNeverTwoConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &platform{stuck: true}
		o := newOnAir(t, p, wanted("a"))
		time.Sleep(time.Second)
		o.apply(wanted("a", elsewhere))
		o.apply()
		o.apply(wanted("a"))
		o.apply(wanted("a", delayed))
		time.Sleep(5 * time.Second)
		if n := len(o.of("a")); n != 2 || p.atOnce() != 1 {
			t.Errorf("%d connections, %d at a time; want 2, one at a time", n, p.atOnce())
		}
	})
}

func TestApplyBeforeAndAfterRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := destination.NewSet(destination.SetConfig{Stream: "main", Feed: newFeed(), Dialer: &platform{}})
		if err != nil {
			t.Fatal(err)
		}
		for _, cfg := range []destination.Config{wanted("a"), wanted("a", elsewhere), wanted("b")} {
			if err := s.Apply([]destination.Config{cfg}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = s.Run(ctx) })
		synctest.Wait()
		if got := s.Status(); len(got) != 1 || got[0].Name != "b" || got[0].State != destination.Idle {
			t.Errorf("status: %+v", got)
		}
		cancel()
		wg.Wait()
		if err := s.Apply([]destination.Config{wanted("c")}); err != nil {
			t.Error(err)
		}
	})
}

func TestNewSetErrors(t *testing.T) {
	if _, err := destination.NewSet(destination.SetConfig{Stream: "main"}); err == nil || !strings.Contains(err.Error(), "main") {
		t.Errorf("error: %v", err)
	}
}
