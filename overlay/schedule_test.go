package overlay_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

func TestShowRunsFromGoingLive(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.do(s.state.PutBanner(overlay.Banner{ID: "hi", Text: "Welcome"}, s.now))
	s.do(s.state.SetShow("main", overlay.Show{Steps: []overlay.Step{
		{After: time.Minute, Banner: "hi"}, {After: 2 * time.Minute, Offer: "honey"}, {After: 3 * time.Minute, End: "honey"},
		{After: 4 * time.Minute, Offer: "jam"}, {After: 5 * time.Minute, End: "bye"}, {After: 6 * time.Minute, End: "bye"},
	}}, s.now))
	s.sees(s.wait(time.Hour)) // nothing before the broadcast
	s.do(s.state.WentLive("main", s.now), nil)
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.BannerShown)
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.OfferStarted)
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.OfferEnded)
	s.do(s.state.ShowBanner("main", overlay.Banner{ID: "bye", Text: "Bye"}, s.now))
	missed := s.wait(time.Minute)
	s.sees(missed, overlay.StepMissed)
	if missed[0].Reason == "" || missed[0].ID != "jam" {
		t.Errorf("it was missed as %+v", missed[0])
	}
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.BannerHidden)
	s.sees(s.wait(time.Minute), overlay.StepMissed)
	if at, planned := s.state.Next(); planned {
		t.Errorf("something is planned for %v", at)
	}
	// The next broadcast has the same show.
	s.do(s.state.WentOff("main", s.now), nil)
	s.do(s.state.HideBanner("main", "hi", overlay.ByHand, s.now))
	s.do(s.state.WentLive("main", s.now), nil)
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.BannerShown)
}

func TestShowOnTheClock(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	steps := []overlay.Step{{At: evening.Add(time.Hour).In(time.FixedZone("", 3600)), Offer: "honey"}}
	s.do(s.state.SetShow("main", overlay.Show{Steps: steps}, s.now))
	if at, _ := s.state.Next(); !at.Equal(evening.Add(time.Hour)) {
		t.Fatalf("next is %v", at)
	}
	s.sees(s.wait(time.Hour), overlay.StepDone, overlay.OfferStarted)
	// It happens once, however often the show begins, and setting it again
	// changes nothing.
	s.sees(s.do(s.state.SetShow("main", overlay.Show{Steps: steps}, s.now)))
	s.do(s.state.WentLive("main", s.now), nil)
	s.sees(s.wait(time.Minute))
}

func TestLateStepIsMissed(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.do(s.state.SetShow("main", overlay.Show{Steps: []overlay.Step{{After: time.Minute, Offer: "honey"}}}, s.now))
	s.do(s.state.WentLive("main", s.now), nil)
	s.sees(s.wait(time.Minute+overlay.MaxLate+time.Second), overlay.StepMissed)
	if len(s.running()) > 0 {
		t.Error("the offer started")
	}
}

func TestShowsAreChecked(t *testing.T) {
	for name, step := range map[string]overlay.Step{
		"nothing":    {After: time.Minute},
		"two things": {Offer: "honey", Banner: "hi"},
		"two times":  {Offer: "honey", At: evening, After: time.Minute},
		"before":     {Offer: "honey", After: -time.Second},
		"next day":   {Offer: "honey", After: overlay.MaxOffset + 1},
		"no such id": {Offer: "Honey"},
	} {
		var invalid *overlay.Invalid
		if _, err := (&overlay.State{}).SetShow("main", overlay.Show{Steps: []overlay.Step{step}}, evening); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileOfOffers(t *testing.T) {
	s := newShop(t)
	file := overlay.File{
		Offers:  []overlay.Offer{honey(), named("jam")},
		Banners: []overlay.Banner{{ID: "hi", Text: "Welcome"}},
		Shows:   map[string]overlay.Show{"main": {Steps: []overlay.Step{{After: time.Minute, Offer: "jam"}}}},
	}
	sync := func() []overlay.Event { return s.do(s.state.Sync(file, s.now)) }
	s.sees(sync(), overlay.OfferPut, overlay.OfferPut, overlay.BannerPut, overlay.ShowSet)
	s.sees(sync())
	// What was sold stays sold when the file is read again, until it says
	// something new.
	s.start("honey")
	s.do(s.state.ChangeStock("honey", -12, s.now))
	s.sees(sync())
	file.Offers[0].Title = "Lime honey"
	s.sees(sync(), overlay.OfferPut, overlay.OfferUpdated)
	if got := *s.state.Offers["honey"].Stock; got != 18 {
		t.Errorf("%d are left, want 18", got)
	}
	fifty := int64(50)
	file.Offers[0].Stock = &fifty
	sync()
	if got := *s.state.Offers["honey"].Stock; got != 50 {
		t.Errorf("%d are left, want 50", got)
	}
	// Only the file changes what is in it.
	if _, err := s.state.PutOffer(honey(), s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("an offer of the file was changed: %v", err)
	}
	if _, err := s.state.RemoveOffer("honey", s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("an offer of the file was removed: %v", err)
	}
	if _, err := s.state.SetShow("main", overlay.Show{}, s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("a show of the file was changed: %v", err)
	}
	// A mistake changes nothing.
	bad := file
	bad.Offers = append(bad.Offers, overlay.Offer{ID: "x"})
	if events, err := s.state.Sync(bad, s.now); err == nil {
		t.Errorf("a bad file was taken: %v", types(events))
	}
	// What leaves the file is gone, and ends.
	file = overlay.File{}
	s.sees(sync(), overlay.OfferEnded, overlay.OfferRemoved, overlay.OfferRemoved, overlay.BannerRemoved, overlay.ShowSet)
	s.put(honey())
	s.sees(sync())
}

// A step more does not begin the show again: what ran has run, and what was to
// come still comes.
func TestShowEditedWhileLive(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.put(named("jam"))
	first, later := overlay.Step{After: time.Minute, Offer: "honey"}, overlay.Step{After: 10 * time.Minute, Offer: "jam"}
	set := func(steps ...overlay.Step) {
		t.Helper()
		s.do(s.state.SetShow("main", overlay.Show{Steps: steps}, s.now))
	}
	set(first)
	s.do(s.state.WentLive("main", s.now), nil)
	s.sees(s.wait(time.Minute), overlay.StepDone, overlay.OfferStarted)
	s.do(s.state.End("main", "honey", overlay.ByHand, s.now))
	s.wait(30 * time.Second)
	past := overlay.Step{After: 80 * time.Second, Offer: "jam"}
	set(later, first, past)
	s.sees(s.wait(time.Minute)) // neither what was done, nor what was past when it was added
	s.sees(s.wait(8*time.Minute), overlay.StepDone, overlay.OfferStarted)
	if got := s.running(); len(got) != 1 || got[0] != "jam" {
		t.Errorf("running are %v", got)
	}
}

func TestFileTakesNoOfferOver(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.do(s.state.ChangeStock("honey", -5, s.now))
	if events, err := s.state.Sync(overlay.File{Offers: []overlay.Offer{honey()}}, s.now); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("the file took an offer over: %v, %v", types(events), err)
	}
}

func TestStreamsThatAreGoneEnd(t *testing.T) {
	s := newShop(t)
	s.put(honey())
	s.start("honey")
	s.do(s.state.ShowBanner("main", overlay.Banner{ID: "hi", Text: "Welcome"}, s.now))
	s.do(s.state.SetShow("main", overlay.Show{Steps: []overlay.Step{{After: time.Minute, Offer: "honey"}}}, s.now))
	s.sees(s.do(s.state.Retire([]string{"main"}, s.now), nil))
	s.sees(s.do(s.state.Retire([]string{"other"}, s.now), nil), overlay.OfferEnded, overlay.BannerHidden, overlay.ShowSet)
	s.do(s.state.RemoveOffer("honey", s.now))
}
