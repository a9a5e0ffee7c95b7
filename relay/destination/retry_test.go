package destination_test

import (
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func down(int, rtmp.Target) error {
	return &rtmp.DialError{Step: rtmp.StepTCP, Host: "a.example:1935", Err: syscall.ECONNREFUSED}
}

func refusal(code string) error {
	return &rtmp.DialError{Step: rtmp.StepPublish, Host: "a.example:1935", Err: &rtmp.Refusal{Code: code, Description: "no"}}
}

// gaps returns the times between dials.
func gaps(p *platform) []time.Duration {
	at := p.dialed()
	var all []time.Duration
	for i := 1; i < len(at); i++ {
		all = append(all, at[i]-at[i-1])
	}
	return all
}

func TestWaitsDoubleUpToThirtySeconds(t *testing.T) {
	cases := map[string]struct {
		random float64
		want   []time.Duration // in ms
	}{
		"shortest": {0, []time.Duration{500, 1000, 2000, 4000, 8000, 10000, 10000}},
		"middle":   {.5, []time.Duration{1000, 2000, 4000, 8000, 16000, 20000, 20000}},
		"longest":  {1, []time.Duration{1500, 3000, 6000, 12000, 24000, 30000, 30000}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, p := newFeed(), &platform{answer: down}
				d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true, Rand: func() float64 { return tc.random }})
				f.begin()
				time.Sleep(3 * time.Minute)
				for i, want := range tc.want {
					if got := gaps(p)[i]; got != want*time.Millisecond {
						t.Errorf("wait %d is %v, want %v ms", i+1, got, int(want))
					}
				}
				s := d.Status()
				if s.State != destination.BackingOff || !s.NextTry.After(time.Now()) || !mentions(s.Error, "a.example:1935", "refused", "firewall") {
					t.Errorf("status while backing off: %+v", s)
				}
				d.end(t)
			})
		})
	}
}

func TestBackSoonAfterEachReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		go f.begin().play(t.Context())
		for i := range 20 {
			time.Sleep(30 * time.Second)
			expect(t, d.Destination, destination.Live)
			c := p.last()
			c.reset(errReset)
			at := time.Now()
			time.Sleep(3 * time.Second)
			if next := p.last(); next == c || next.began.Sub(at) > 2*time.Second {
				t.Fatalf("not back after reset %d", i+1)
			}
		}
		if p.atOnce() > 1 {
			t.Errorf("%d connections at a time", p.atOnce())
		}
		if s := d.Status(); s.SentBytes < 20*30*25*1000 || s.AckedBytes < 20*30*25*1000 {
			t.Errorf("totals forget connections: %d sent, %d acknowledged", s.SentBytes, s.AckedBytes)
		}
		if s := d.Status(); s.Reconnects != 20 || !mentions(s.Error, "lost") {
			t.Errorf("status: %+v", s)
		}
		time.Sleep(2 * time.Minute)
		if s := d.Status(); s.Error != "" {
			t.Errorf("error is still shown after two minutes of health: %q", s.Error)
		}
		d.end(t)
	})
}

func TestConnectionsThatEndAtOnceClimb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		go f.begin().play(t.Context())
		for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(100 * time.Millisecond) {
			if c := p.last(); c != nil && time.Since(c.began) > time.Second && c.Err() == nil {
				c.reset(errReset)
			}
		}
		if n := p.count(); n > 16 {
			t.Errorf("%d connections in two minutes to a platform that ends each after a second", n)
		}
		d.end(t)
	})
}

func TestRetrySkipsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{answer: down}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		d.Retry() // not waiting: nothing to skip
		f.begin()
		time.Sleep(65 * time.Second)
		if gap := gaps(p)[0]; gap < 500*time.Millisecond {
			t.Errorf("a Retry from before the wait made it %v", gap)
		}
		before := len(p.dialed())
		d.Retry()
		synctest.Wait()
		if n := len(p.dialed()); n != before+1 {
			t.Errorf("%d dials at once after Retry, want 1", n-before)
		}
		if s := d.Status(); time.Until(s.NextTry) > 2*time.Second {
			t.Errorf("the next wait is %v: earlier failures still count", time.Until(s.NextTry))
		}
		d.end(t)
	})
}

func TestNewBroadcastBeginsAfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{answer: down}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		b := f.begin()
		time.Sleep(65 * time.Second)
		close(b.done)
		synctest.Wait()
		expect(t, d.Destination, destination.Idle)
		if s := d.Status(); s.Attempt != 0 || !s.NextTry.IsZero() || s.Error == "" {
			t.Errorf("status at rest: %+v", s)
		}
		p.script(nil)
		before := len(p.dialed())
		f.begin()
		synctest.Wait()
		if n := len(p.dialed()); n != before+1 {
			t.Errorf("%d dials as the broadcast began, want 1", n-before)
		}
		if s := d.Status(); s.State != destination.Connecting || s.Attempt != 1 || s.Error != "" {
			t.Errorf("status: %+v", s)
		}
		p.script(down)
		p.last().reset(errReset) // noticed although there is nothing to write
		synctest.Wait()
		// The first wait is at most 1.5 s; a ladder that was not forgotten has 10 s and more.
		if s := d.Status(); s.State != destination.BackingOff || time.Until(s.NextTry) > 1500*time.Millisecond {
			t.Errorf("status after a reset: %+v", s)
		}
		d.end(t)
	})
}

func TestDialEndsWithItsReason(t *testing.T) {
	cases := map[string]struct {
		end  func(b *broadcast, d *running)
		want destination.State
	}{
		"the broadcast ends": {func(b *broadcast, _ *running) { close(b.done) }, destination.Idle},
		"disabled":           {func(_ *broadcast, d *running) { d.Disable() }, destination.Off},
		"the program ends":   {func(_ *broadcast, d *running) { d.stop() }, destination.Off},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, p := newFeed(), &platform{hang: true}
				d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
				b := f.begin()
				time.Sleep(time.Second)
				expect(t, d.Destination, destination.Connecting)
				tc.end(b, d)
				synctest.Wait()
				expect(t, d.Destination, tc.want)
				if n := len(p.dialed()); n != 1 {
					t.Errorf("%d dials, want 1", n)
				}
				d.end(t)
			})
		})
	}
}

func TestBackupAfterTwoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		p.script(func(_ int, t rtmp.Target) error {
			if strings.Contains(t.Server, "primary") {
				return down(0, t)
			}
			return nil
		})
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true,
			Targets: []rtmp.Target{target("rtmp://primary.example/live"), target("rtmp://backup.example/live?backup=1")}})
		go f.begin().play(t.Context())
		time.Sleep(10 * time.Second)
		expect(t, d.Destination, destination.Live)
		if n := len(p.dialed()); n != 3 {
			t.Errorf("%d dials, want two to the primary and one to the backup", n)
		}
		p.script(nil)
		p.last().reset(errReset)
		time.Sleep(5 * time.Second)
		if got := p.last().target.Server; !strings.Contains(got, "primary") {
			t.Errorf("came back to %s, want the primary", got)
		}
		d.end(t)
	})
}
