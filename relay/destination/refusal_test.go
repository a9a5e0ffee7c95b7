package destination_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestKeyInUseIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		clears := time.Now().Add(20 * time.Second)
		p.script(func(int, rtmp.Target) error {
			if time.Now().Before(clears) {
				return refusal(rtmp.CodeBadName)
			}
			return nil
		})
		go f.begin().play(t.Context())
		time.Sleep(10 * time.Second)
		if s := d.Status(); s.State != destination.BackingOff || !mentions(s.Error, "in use") {
			t.Errorf("status: %+v", s)
		}
		time.Sleep(16 * time.Second)
		expect(t, d.Destination, destination.Live)
		for i, gap := range gaps(p) {
			if gap < 2*time.Second || gap > 5*time.Second {
				t.Errorf("wait %d is %v, want 2 to 5 s", i+1, gap)
			}
		}
		d.end(t)
	})
}

func TestLastingRefusal(t *testing.T) {
	cases := map[string]struct {
		code string
		at   time.Duration // when it must be shown
		says []string
	}{
		"denied":     {rtmp.CodeDenied, time.Second, []string{"refused the stream key", rtmp.CodeDenied, "create a new key"}},
		"rejected":   {rtmp.CodeRejected, time.Second, []string{"refused"}},
		"other":      {"NetStream.Something", time.Second, []string{"refused"}},
		"key in use": {rtmp.CodeBadName, 3 * time.Minute, []string{"in use", "stop the other encoder"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, p := newFeed(), &platform{answer: func(int, rtmp.Target) error { return refusal(tc.code) }}
				d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
				f.begin()
				time.Sleep(tc.at)
				if s := d.Status(); s.State != destination.Refused || !mentions(s.Error, tc.says...) || mentions(s.Error, key) {
					t.Errorf("status: %+v", s)
				}
				time.Sleep(12*time.Minute - tc.at)
				perMinute := map[int]int{}
				for _, at := range p.dialed() {
					perMinute[int(at/time.Minute)]++
				}
				for minute := 3; minute < 12; minute++ {
					if n := perMinute[minute]; n < 1 || n > 2 {
						t.Errorf("%d tries in minute %d, want 1 or 2", n, minute)
					}
				}
				d.end(t)
			})
		})
	}
}

func TestLateRefusalIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		go f.begin().play(t.Context())
		time.Sleep(time.Second)
		// As on a real socket, a write may fail before the reason is read.
		p.last().breakWrites(errReset)
		time.Sleep(100 * time.Millisecond)
		p.last().reset(&rtmp.Refusal{Code: rtmp.CodeDenied, Description: "too many bits"})
		time.Sleep(300 * time.Millisecond)
		if s := d.Status(); s.State != destination.Refused || !mentions(s.Error, "too many bits") {
			t.Errorf("status: %+v", s)
		}
		d.end(t)
	})
}
