package destination_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestPanicsAreContained(t *testing.T) {
	cases := map[string]func(p *platform, b *broadcast){
		"in the dial": func(p *platform, _ *broadcast) {
			p.script(func(n int, _ rtmp.Target) error {
				if n < 3 {
					panic("a bug in the dialer")
				}
				return nil
			})
		},
		"in the copy": func(_ *platform, b *broadcast) {
			b.mu.Lock()
			b.bug = true
			b.mu.Unlock()
			time.AfterFunc(5*time.Second, func() { b.mu.Lock(); b.bug = false; b.mu.Unlock() })
		},
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				f, p := newFeed(), &platform{}
				d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true, Logger: slog.New(slog.NewTextHandler(&log, nil)), Rand: func() float64 { return 0 }})
				b := f.begin()
				spoil(p, b)
				go b.play(t.Context())
				time.Sleep(2 * time.Second)
				if s := d.Status(); !mentions(s.Error, "a bug in the") {
					t.Errorf("status: %+v", s)
				}
				time.Sleep(20 * time.Second)
				expect(t, d.Destination, destination.Live)
				d.end(t)
				if n := strings.Count(log.String(), "destination panicked"); n != 1 {
					t.Errorf("logged %d times, want once:\n%s", n, &log)
				}
				if p.atOnce() > 1 {
					t.Errorf("%d connections at a time", p.atOnce())
				}
			})
		})
	}
}

func TestRepeatedFailureIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f, p := newFeed(), &platform{answer: down}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		go f.begin().play(t.Context())
		time.Sleep(time.Minute)
		p.script(func(int, rtmp.Target) error { return refusal(rtmp.CodeDenied) })
		time.Sleep(3 * time.Minute)
		p.script(nil)
		time.Sleep(time.Minute)
		d.end(t)
		if lines := strings.Count(log.String(), "\n"); lines != 3 {
			t.Errorf("%d lines, want one for each of two errors and one for going live:\n%s", lines, &log)
		}
		if strings.Contains(log.String(), key) {
			t.Error("the key is in the log")
		}
	})
}
