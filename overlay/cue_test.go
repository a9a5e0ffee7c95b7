package overlay_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hawker-live/hawker/overlay"
)

func link(offer string) string { return "https://live.example.com/o/" + offer }

func cueOf(t *testing.T, e overlay.Event) overlay.Cue {
	t.Helper()
	c, ok := e.Cue(link)
	if !ok {
		t.Fatalf("%s is no cue", e.Type)
	}
	return c
}

func TestCuesOfARun(t *testing.T) {
	s := newShop(t)
	o := honey()
	o.Countdown, o.Disclosure = 10*time.Second, overlay.Affiliate
	s.put(o)
	announced := cueOf(t, s.start("honey")[0])
	if announced.Type != "offer.start" || announced.Starts != evening.Add(10*time.Second).UnixMilli() || announced.Ends != announced.Starts+300_000 ||
		*announced.Price != 1250 || announced.CompareAt != 1500 || announced.Currency != "EUR" || announced.URL != link("honey") || !announced.Ad ||
		announced.CTA != overlay.DefaultCTA || *announced.Stock != 30 {
		t.Errorf("announced as %+v", announced)
	}
	begun := cueOf(t, s.wait(10 * time.Second)[0])
	if begun.Type != "offer.update" || begun.Revision <= announced.Revision {
		t.Errorf("begun as %+v", begun)
	}
	running := s.state.Stages["main"].Cues(link)
	if len(running) != 1 || running[0].Type != "offer.start" || !running[0].Repeat || running[0].Revision != begun.Revision {
		t.Errorf("running are %+v", running)
	}
	ended := cueOf(t, s.wait(5 * time.Minute)[0])
	if ended.Type != "offer.end" || ended.ID != "honey" || ended.Reason != overlay.ByTime {
		t.Errorf("ended as %+v", ended)
	}
	if _, ok := s.log[0].Cue(link); ok {
		t.Error("an offer that is made is a cue for viewers")
	}
}

func TestCuesOfABanner(t *testing.T) {
	s := newShop(t)
	shown := cueOf(t, s.do(s.state.ShowBanner("main", overlay.Banner{ID: "hi", Text: "Welcome", URL: "https://a.example", Duration: time.Minute}, s.now))[0])
	if shown.Type != "banner.show" || shown.Title != "Welcome" || shown.URL != "https://a.example" || shown.Ends != evening.Add(time.Minute).UnixMilli() {
		t.Errorf("shown as %+v", shown)
	}
	if got := s.state.Stages["main"].Cues(link); len(got) != 1 || got[0].Type != "banner.show" {
		t.Errorf("running are %+v", got)
	}
	if hidden := cueOf(t, s.wait(time.Minute)[0]); hidden.Type != "banner.hide" || hidden.ID != "hi" {
		t.Errorf("hidden as %+v", hidden)
	}
}

// The largest of everything that passes the checks fits, whatever it is made of.
func FuzzCueFits(f *testing.F) {
	f.Add("Chestnut honey", "Buy now", "https://shop.example.com/")
	f.Add(strings.Repeat("ệ", 100), strings.Repeat("𝔅", 30), "https://live.example.com/"+strings.Repeat("x", 100))
	f.Add(strings.Repeat(`"`, 100), strings.Repeat(`\`, 30), "")
	f.Fuzz(func(t *testing.T, title, cta, url string) {
		o := named(strings.Repeat("a", 64))
		o.Title, o.CTA, o.Price.Amount, o.CompareAt.Amount = title, cta, overlay.MaxAmount-1, overlay.MaxAmount
		b := overlay.Banner{ID: o.ID, Text: title, URL: "https://a.example/" + url}
		for _, e := range []overlay.Event{
			{Seq: 1 << 62, Type: overlay.OfferStarted, Media: 1 << 45, Starts: evening, Ends: evening, ID: o.ID, Offer: &o, Reason: overlay.ByStock},
			{Seq: 1 << 62, Type: overlay.BannerShown, Media: 1 << 45, Ends: evening, ID: o.ID, Banner: &b},
		} {
			if o.Validate() != nil || e.Banner != nil && b.Validate() != nil {
				return
			}
			c := cueOf(t, e)
			c.Repeat = true
			got := c.JSON()
			if len(got) > overlay.MaxCue || !utf8.Valid(got) {
				t.Fatalf("%d bytes: %s", len(got), got)
			}
			var back overlay.Cue
			if err := json.Unmarshal(got, &back); err != nil || back.V != 1 || back.ID != o.ID || back.URL != c.URL {
				t.Fatalf("%s reads back as %+v, %v", got, back, err)
			}
			if whole := strings.TrimSuffix(back.Title, "…"); !strings.HasPrefix(title, whole) {
				t.Fatalf("title %q became %q", title, back.Title)
			}
		}
	})
}
