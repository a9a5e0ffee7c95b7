package control_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestClockEndsOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		var media atomic.Int64 // seconds
		r := open(t, control.Config{
			Media: func(string) time.Duration { return time.Duration(media.Load()) * time.Second },
			Tell: func(stream string, changes []overlay.Event, now overlay.Stage) {
				for _, e := range changes {
					told = append(told, stream+" "+string(e.Type)+" "+time.Duration(e.Media*1e6).String())
				}
				if want := len(told) == 1; (len(now.Runs) == 1) != want {
					t.Errorf("after %v the stage has %d runs", told, len(now.Runs))
				}
			},
		})
		defer func() { r.stop() }()
		r.ask(put(offer("honey")))
		media.Store(90)
		r.ask(start("honey"))
		began := time.Now()
		sub := r.Subscribe()
		defer sub.Close()
		media.Store(150)
		update := <-sub.Updates
		if took := time.Since(began); took != time.Minute || update.Events[0].Type != overlay.OfferEnded {
			t.Errorf("%s after %v", update.Events[0].Type, took)
		}
		synctest.Wait()
		if want := []string{"main offer.started 1m30s", "main offer.ended 2m30s"}; !slices.Equal(told, want) {
			t.Errorf("told of %q, want %q", told, want)
		}
	})
}

// Two broadcasts back to back are two.
func TestNextBroadcastAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{})
		defer func() { r.stop() }()
		r.ask(put(offer("honey")))
		r.ask(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
			return s.SetShow("main", overlay.Show{Steps: []overlay.Step{{After: time.Second, Offer: "honey"}}}, now)
		})
		r.Live("main", time.Now())
		time.Sleep(5 * time.Minute)
		r.Live("main", time.Time{})
		r.Live("main", time.Now())
		time.Sleep(2 * time.Second)
		if got := r.on(); !slices.Equal(got, []string{"honey"}) {
			t.Errorf("in the second broadcast on are %v:\n%v", got, r.disk.types())
		}
	})
}

func TestRepeatedRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{})
		defer func() { r.stop() }()
		request := control.Request{Decide: put(offer("honey")), Key: "one", Hash: "a", Answer: func(events []overlay.Event, after *overlay.State) (int, []byte) {
			return 201, []byte(after.Offers["honey"].Title)
		}}
		for i := range 2 {
			got, err := r.Do(t.Context(), request)
			if err != nil || got.Status != 201 || string(got.Body) != "Honey" || got.Repeated != (i == 1) {
				t.Errorf("try %d: %+v, %v", i, got, err)
			}
			r.stop() // a restart does not forget
			r.run()
		}
		if got := len(r.disk.types()); got != 1 {
			t.Errorf("it happened %d times", got)
		}
		request.Hash = "b"
		if _, err := r.Do(t.Context(), request); !errors.Is(err, control.ErrKeyReused) {
			t.Errorf("another request with the same key: %v", err)
		}
	})
}

func TestSlowSubscriberIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{})
		defer func() { r.stop() }()
		slow, quick := r.Subscribe(), r.Subscribe()
		defer slow.Close()
		defer quick.Close()
		seen := 0
		for i := range 100 {
			o := offer("honey")
			o.Price.Amount = int64(i)
			r.ask(put(o))
			if _, open := <-quick.Updates; open {
				seen++
			}
		}
		n := 0
		for range slow.Updates {
			n++
		}
		if seen != 100 || n >= 100 {
			t.Errorf("the quick one saw %d, and the slow one %d before it was cut", seen, n)
		}
		again := r.Subscribe()
		defer again.Close()
		if again.State.Offers["honey"].Price.Amount != 99 {
			t.Errorf("who subscribes again begins with %+v", again.State.Offers["honey"].Price)
		}
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		r := open(t, control.Config{Registerer: reg})
		defer func() { r.stop() }()
		r.ask(put(offer("honey")))
		r.ask(start("honey"))
		time.Sleep(20 * time.Second)
		check := func(active, seconds string) {
			t.Helper()
			want := `
# HELP hawker_offer_active Whether an offer can be had on a stream (1) or not any more (0).
# TYPE hawker_offer_active gauge
hawker_offer_active{offer="honey",stream="main"} ` + active + `
# HELP hawker_offer_shown_seconds_total For how long an offer could be had on a stream.
# TYPE hawker_offer_shown_seconds_total counter
hawker_offer_shown_seconds_total{offer="honey",stream="main"} ` + seconds + "\n"
			if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
				t.Error(err)
			}
		}
		check("1", "20")
		time.Sleep(time.Minute)
		check("0", "60")
		r.ask(start("honey"))
		time.Sleep(5 * time.Second)
		check("1", "65")
		r.ask(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
			return s.End("main", "honey", overlay.ByHand, now)
		})
		r.ask(func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.RemoveOffer("honey", now) })
		if n, err := testutil.GatherAndCount(reg); err != nil || n != 0 {
			t.Errorf("a removed offer has %d series, %v", n, err)
		}
	})
}

func TestAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, control.Config{})
		r.stop()
		if _, err := r.Do(t.Context(), control.Request{Decide: put(offer("honey"))}); !errors.Is(err, control.ErrStopping) {
			t.Errorf("a request after the end: %v", err)
		}
		if _, open := <-r.Subscribe().Updates; open {
			t.Error("a subscription after the end is open")
		}
	})
}
