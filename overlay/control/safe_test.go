package control_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

// What is acknowledged is there after a crash, and what ran goes on, or has ended
// at its time.
func TestAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{Media: func(string) time.Duration { return time.Hour }})
		r.ask(put(offer("honey")))
		long := offer("jam")
		long.Duration = time.Hour
		r.ask(put(long))
		r.ask(start("honey"))
		r.ask(start("jam"))
		crashed := &disk{log: slices.Clone(r.disk.log), state: r.disk.state, receipts: r.disk.receipts} // what the end would save is lost
		r.stop()
		time.Sleep(2 * time.Minute)
		var told []overlay.Run
		r.disk, r.conf.Tell = crashed, func(_ string, changes []overlay.Event, now overlay.Stage) {
			if changes == nil {
				told = now.Runs
			}
		}
		r.run()
		defer func() { r.stop() }()
		if got := r.on(); !slices.Equal(got, []string{"jam"}) {
			t.Errorf("on are %v", got)
		}
		if len(told) != 2 || told[0].Media != 0 {
			t.Errorf("after the start it told of %+v", told)
		}
		ended := r.disk.log[len(r.disk.log)-1]
		if ended.Type != overlay.OfferEnded || !ended.At.Equal(ended.Ends) {
			t.Errorf("the last event is %+v", ended)
		}
	})
}

func TestShowGoesOnAfterACrash(t *testing.T) {
	for name, c := range map[string]struct {
		away, step time.Duration
		back       bool
		want       []overlay.EventType // what is logged after the crash
	}{
		"soon back":     {time.Minute, 8 * time.Minute, true, []overlay.EventType{overlay.StepDone, overlay.OfferStarted}},
		"never back":    {time.Minute, time.Hour, false, []overlay.EventType{overlay.StreamEnded}},
		"back next day": {20 * time.Hour, 8 * time.Minute, true, []overlay.EventType{overlay.StreamEnded, overlay.StreamLive}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, control.Config{})
				r.ask(put(offer("honey")))
				r.ask(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
					return s.SetShow("main", overlay.Show{Steps: []overlay.Step{{After: c.step, Offer: "honey"}}}, now)
				})
				r.Live("main", time.Now())
				time.Sleep(3 * time.Minute)
				r.stop()
				before := len(r.disk.types())
				time.Sleep(c.away)
				r.run()
				defer func() { r.stop() }()
				if c.back {
					time.Sleep(time.Second)
					r.Live("main", time.Now())
				}
				time.Sleep(4*time.Minute + 30*time.Second)
				if !c.back {
					time.Sleep(time.Minute)
				}
				if got := r.disk.types()[before:]; !slices.Equal(got, c.want) {
					t.Errorf("logged are %v, want %v", got, c.want)
				}
			})
		})
	}
}

// Without its store it takes no request, but the clock goes on; what it has
// brought about is written down when the store is back.
func TestStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		r := open(t, control.Config{Logger: logTo(&log)})
		defer func() { r.stop() }()
		r.ask(put(offer("honey")))
		r.ask(start("honey"))
		r.disk.breaks(errors.New("no space left on device"))
		if _, err := r.Do(t.Context(), control.Request{Decide: put(offer("jam"))}); !errors.Is(err, control.ErrUnavailable) {
			t.Fatalf("a change without a store: %v", err)
		}
		if _, known := r.State().Offers["jam"]; known {
			t.Fatal("what was refused counts")
		}
		time.Sleep(time.Minute + time.Millisecond)
		if got := r.on(); len(got) > 0 {
			t.Fatalf("on are %v: the end waits for the store", got)
		}
		time.Sleep(10 * time.Second)
		if n := strings.Count(log.String(), "no space left"); n != 1 {
			t.Errorf("the failure is logged %d times", n)
		}
		r.disk.breaks(nil)
		r.stop() // what the clock has brought about is written down at the last
		defer r.run()
		if want := []overlay.EventType{overlay.OfferPut, overlay.OfferStarted, overlay.OfferEnded}; !slices.Equal(r.disk.types(), want) {
			t.Errorf("written down are %v, want %v", r.disk.types(), want)
		}
	})
}

// A write that failed may have been made: what the store has then counts.
func TestWriteOfUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{})
		defer func() { r.stop() }()
		r.ask(put(offer("honey")))
		r.ask(start("honey"))
		r.Live("main", time.Now())
		synctest.Wait()
		r.disk.unsureIs(true)
		if _, err := r.Do(t.Context(), control.Request{Decide: put(offer("jam"))}); !errors.Is(err, control.ErrUnavailable) {
			t.Fatalf("a write of unknown outcome: %v", err)
		}
		time.Sleep(500 * time.Millisecond)
		r.Live("main", time.Time{})
		r.disk.unsureIs(false)
		time.Sleep(2 * time.Minute)
		if _, known := r.State().Offers["jam"]; !known {
			t.Error("what is in the store does not count")
		}
		if got := r.on(); len(got) > 0 {
			t.Errorf("on are %v", got)
		}
		r.ask(put(offer("salt")))
		want := []overlay.EventType{overlay.OfferPut, overlay.OfferStarted, overlay.StreamLive, overlay.OfferPut, overlay.StreamEnded, overlay.OfferEnded, overlay.OfferPut}
		if !slices.Equal(r.disk.types(), want) {
			t.Errorf("written down are %v, want %v", r.disk.types(), want)
		}
	})
}
