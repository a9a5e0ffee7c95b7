package overlay_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

func TestOfferRunsForItsTime(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	started := s.start("honey")
	s.sees(started, overlay.OfferStarted)
	if e := started[0]; !e.Ends.Equal(evening.Add(5*time.Minute)) || e.Run != e.Seq || e.Offer.Price.Amount != 1250 || *e.Offer.Stock != 30 {
		t.Fatalf("it started as %+v", e)
	}
	s.sees(s.wait(5*time.Minute - 1))
	// Found late, it has ended at its time all the same.
	ended := s.wait(10 * time.Second)
	s.sees(ended, overlay.OfferEnded)
	if e := ended[0]; !e.At.Equal(evening.Add(5*time.Minute)) || e.Reason != overlay.ByTime || e.Run != started[0].Seq {
		t.Errorf("it ended as %+v", e)
	}
	if len(s.running()) > 0 {
		t.Error("it runs still")
	}
}

func TestCountdownComesFirst(t *testing.T) {
	s := newShop(t)
	o := honey()
	o.Countdown = 30 * time.Second
	s.put(o)
	s.sees(s.start("honey"), overlay.OfferAnnounced)
	if len(s.running()) > 0 {
		t.Fatal("it can be had before its time")
	}
	began := s.wait(30 * time.Second)
	s.sees(began, overlay.OfferStarted)
	if e := began[0]; !e.At.Equal(evening.Add(30*time.Second)) || !e.Ends.Equal(e.At.Add(5*time.Minute)) {
		t.Errorf("it began as %+v", e)
	}
	s.sees(s.wait(5*time.Minute), overlay.OfferEnded)
}

func TestCountdownBeforeOneStart(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	ten := 10 * time.Second
	s.sees(s.do(s.state.Start("main", "honey", &ten, s.now)), overlay.OfferAnnounced)
	s.sees(s.do(s.state.End("main", "honey", overlay.ByHand, s.now)), overlay.OfferEnded)
	long := 301 * time.Second
	var invalid *overlay.Invalid
	if _, err := s.state.Start("main", "honey", &long, s.now); !errors.As(err, &invalid) {
		t.Errorf("a countdown of 301 s: %v", err)
	}
}

// No change moves the end of a run: who counts down is not deceived.
func TestEndNeverMoves(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.start("honey")
	s.wait(time.Minute)
	o := honey()
	o.Duration, o.Price.Amount = time.Hour, 999
	updated := s.put(o)
	s.sees(updated, overlay.OfferPut, overlay.OfferUpdated)
	if e := updated[1]; !e.Ends.Equal(evening.Add(5*time.Minute)) || e.Offer.Price.Amount != 999 {
		t.Errorf("after the change: %+v", e)
	}
	s.sees(s.wait(4*time.Minute), overlay.OfferEnded)
	s.start("honey")
	if r, _ := s.state.Stages["main"].Run("honey"); r.Ends.Sub(r.Starts) != time.Hour {
		t.Errorf("the next run is of %v", r.Ends.Sub(r.Starts))
	}
}

func TestStockEndsTheOffer(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.start("honey")
	s.sees(s.do(s.state.ChangeStock("honey", -29, s.now)), overlay.OfferPut, overlay.OfferUpdated)
	if _, err := s.state.ChangeStock("honey", -2, s.now); !errors.Is(err, overlay.ErrSoldOut) {
		t.Fatalf("two of one: %v", err)
	}
	ended := s.do(s.state.ChangeStock("honey", -1, s.now))
	s.sees(ended, overlay.OfferPut, overlay.OfferEnded)
	if e := ended[1]; e.Reason != overlay.ByStock || *e.Offer.Stock != 0 {
		t.Errorf("it ended as %+v", e)
	}
	if _, err := s.state.Start("main", "honey", nil, s.now); !errors.Is(err, overlay.ErrSoldOut) {
		t.Errorf("starting what is sold out: %v", err)
	}
	ten := int64(10)
	s.do(s.state.SetStock("honey", &ten, s.now))
	s.start("honey")
	s.do(s.state.SetStock("honey", nil, s.now))
	if _, err := s.state.ChangeStock("honey", -1, s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("one of unlimited: %v", err)
	}
}

func TestUndisclosedOfferCannotStart(t *testing.T) {
	s := newShop(t)
	o := honey()
	o.Disclosure = ""
	s.put(o)
	if _, err := s.state.Start("main", "honey", nil, s.now); !errors.Is(err, overlay.ErrUndisclosed) {
		t.Fatalf("it started undisclosed: %v", err)
	}
	o.Disclosure = overlay.Sponsored
	s.put(o)
	s.start("honey")
	o.Disclosure = ""
	if _, err := s.state.PutOffer(o, s.now); !errors.Is(err, overlay.ErrUndisclosed) {
		t.Errorf("the disclosure was taken away while it ran: %v", err)
	}
}

func TestWhatCannotBe(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.start("honey")
	for name, c := range map[string]struct {
		do   func() ([]overlay.Event, error)
		want error
	}{
		"start of nothing": {func() ([]overlay.Event, error) { return s.state.Start("main", "jam", nil, s.now) }, overlay.ErrNotFound},
		"start twice":      {func() ([]overlay.Event, error) { return s.state.Start("main", "honey", nil, s.now) }, overlay.ErrConflict},
		"end elsewhere":    {func() ([]overlay.Event, error) { return s.state.End("other", "honey", "", s.now) }, overlay.ErrConflict},
		"remove it on air": {func() ([]overlay.Event, error) { return s.state.RemoveOffer("honey", s.now) }, overlay.ErrConflict},
		"remove nothing":   {func() ([]overlay.Event, error) { return s.state.RemoveOffer("jam", s.now) }, overlay.ErrNotFound},
		"stock of nothing": {func() ([]overlay.Event, error) { return s.state.SetStock("jam", nil, s.now) }, overlay.ErrNotFound},
		"hide what is not": {func() ([]overlay.Event, error) { return s.state.HideBanner("main", "hi", "", s.now) }, overlay.ErrConflict},
	} {
		if _, err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want one that is %v", name, err, c.want)
		}
	}
	s.sees(s.do(s.state.Start("other", "honey", nil, s.now)), overlay.OfferStarted)
	if got := s.state.RunningOn("honey"); len(got) != 2 {
		t.Errorf("it runs on %v", got)
	}
}

func TestSoManyAtOnce(t *testing.T) {
	s := newShop(t)
	for i := range overlay.MaxRuns {
		id := "offer-" + string(rune('a'+i))
		s.put(named(id))
		s.start(id)
	}
	s.put(named("more"))
	if _, err := s.state.Start("main", "more", nil, s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("one more: %v", err)
	}
}

func TestBanners(t *testing.T) {
	s := newShop(t)
	b := overlay.Banner{ID: "hi", Text: "Welcome", Duration: 20 * time.Second}
	s.sees(s.do(s.state.ShowBanner("main", b, s.now)), overlay.BannerShown)
	b.Text = "Welcome back"
	s.sees(s.do(s.state.ShowBanner("main", b, s.now)), overlay.BannerHidden, overlay.BannerShown)
	if got := s.state.Stages["main"].Banners; len(got) != 1 || got[0].Banner.Text != "Welcome back" {
		t.Fatalf("shown are %+v", got)
	}
	s.sees(s.wait(20*time.Second), overlay.BannerHidden)
	for i := range overlay.MaxShown {
		b.ID = "b" + string(rune('0'+i))
		s.do(s.state.ShowBanner("main", b, s.now))
	}
	b.ID = "more"
	if _, err := s.state.ShowBanner("main", b, s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("one more: %v", err)
	}
	s.do(s.state.HideBanner("main", "", overlay.ByHand, s.now))
	if got := s.state.Stages["main"].Banners; len(got) > 0 {
		t.Errorf("still shown: %+v", got)
	}
}

// The log alone makes the state again, and so does a state that was kept.
func TestStateIsAFoldOfTheLog(t *testing.T) {
	s := newShop(t)
	o := honey()
	o.Countdown = 5 * time.Second
	s.put(o)
	s.put(named("jam"))
	s.do(s.state.SetShow("main", overlay.Show{Steps: []overlay.Step{{After: time.Minute, Offer: "honey"}, {At: evening.Add(time.Hour), Offer: "jam"}}}, s.now))
	s.do(s.state.WentLive("main", s.now), nil)
	for range 20 {
		s.wait(10 * time.Second)
		s.do(s.state.ChangeStock("honey", -1, s.now))
	}
	s.do(s.state.WentOff("main", s.now), nil)
	for i, e := range s.log {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has number %d", i, e.Seq)
		}
	}
	var log []overlay.Event
	if err := json.Unmarshal([]byte(text(t, s.log)), &log); err != nil {
		t.Fatal(err)
	}
	for cut := range log {
		var kept overlay.State
		before := (&overlay.State{}).With(log[:cut]...)
		if err := json.Unmarshal([]byte(text(t, before)), &kept); err != nil {
			t.Fatal(err)
		}
		if got, want := text(t, kept.With(log[cut:]...)), text(t, s.state); got != want {
			t.Fatalf("from a state after %d events on:\n%s\nwant\n%s", cut, got, want)
		}
	}
}
