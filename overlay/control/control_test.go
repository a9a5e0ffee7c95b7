package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a store that outlives those who use it, and fails when told to.
type disk struct {
	mu       sync.Mutex // guards all
	unsure   bool       // writes are made, and said to have failed
	log      []overlay.Event
	state    []byte
	receipts map[string]overlay.Receipt
	broken   error
}

func (d *disk) Load(context.Context) (*overlay.State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &overlay.State{}
	if d.state != nil {
		if err := json.Unmarshal(d.state, s); err != nil {
			return nil, err
		}
	}
	return s.With(d.log[s.Seq:]...), d.broken
}

func (d *disk) Append(_ context.Context, events []overlay.Event, r *overlay.Receipt) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	for _, e := range events {
		if e.Seq != uint64(len(d.log)+1) {
			return errors.New("a gap in the log")
		}
		d.log = append(d.log, e)
	}
	if r != nil {
		d.receipts[r.Key] = *r
	}
	if d.unsure {
		return errors.New("the connection was lost")
	}
	return nil
}

func (d *disk) unsureIs(unsure bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsure = unsure
}

func (d *disk) Save(_ context.Context, s *overlay.State) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	d.state, err = json.Marshal(s)
	return err
}

func (d *disk) Receipt(_ context.Context, key string) (overlay.Receipt, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.receipts[key]
	return r, ok, d.broken
}

func (d *disk) breaks(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

func (d *disk) types() (out []overlay.EventType) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.log {
		out = append(out, e.Type)
	}
	return out
}

// room is a control with its disk, in a bubble of its own time.
type room struct {
	*control.Control
	t    *testing.T
	disk *disk
	conf control.Config
	stop func()
}

func open(t *testing.T, conf control.Config) *room {
	r := &room{t: t, disk: &disk{receipts: map[string]overlay.Receipt{}}, conf: conf}
	r.run()
	return r
}

// run starts the program, as after a crash if it ran before.
func (r *room) run() {
	r.t.Helper()
	r.conf.Store = r.disk
	c, err := control.New(r.conf)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Control = c
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	}
	<-c.Ready()
}

// ask does what follows, and fails the test if it cannot be done.
func (r *room) ask(decide func(*overlay.State, time.Time) ([]overlay.Event, error)) control.Result {
	r.t.Helper()
	result, err := r.Do(r.t.Context(), control.Request{Decide: decide})
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

func put(o overlay.Offer) func(*overlay.State, time.Time) ([]overlay.Event, error) {
	return func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.PutOffer(o, now) }
}

func start(id string) func(*overlay.State, time.Time) ([]overlay.Event, error) {
	return func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.Start("main", id, nil, now) }
}

func offer(id string) overlay.Offer {
	return overlay.Offer{ID: id, Title: "Honey", Price: overlay.Money{Amount: 1250, Currency: "EUR"}, URL: "https://a.example", Duration: time.Minute, Disclosure: overlay.Own}
}

func (r *room) on() (ids []string) {
	for _, run := range r.State().Stages["main"].Runs {
		ids = append(ids, run.Offer.ID)
	}
	return ids
}

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
