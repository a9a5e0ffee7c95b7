package overlay_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

func TestOfferLimits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*overlay.Offer)
		field  string // that is wrong; empty for none
	}{
		"as it is":                  {func(*overlay.Offer) {}, ""},
		"no disclosure yet":         {func(o *overlay.Offer) { o.Disclosure = "" }, ""},
		"unlimited":                 {func(o *overlay.Offer) { o.Stock = nil }, ""},
		"free":                      {func(o *overlay.Offer) { o.Price.Amount = 0 }, ""},
		"title of 100 characters":   {func(o *overlay.Offer) { o.Title = strings.Repeat("ệ", 100) }, ""},
		"family of emoji":           {func(o *overlay.Offer) { o.Title = "For 👨‍👩‍👧" }, ""},
		"picture by link":           {func(o *overlay.Offer) { o.Image = "https://cdn.example.com/a.jpg?v=2" }, ""},
		"picture by name":           {func(o *overlay.Offer) { o.Image = "honey_1.jpg" }, ""},
		"id of capitals":            {func(o *overlay.Offer) { o.ID = "Honey" }, "id"},
		"id with a slash":           {func(o *overlay.Offer) { o.ID = "a/b" }, "id"},
		"id of 65":                  {func(o *overlay.Offer) { o.ID = strings.Repeat("a", 65) }, "id"},
		"no title":                  {func(o *overlay.Offer) { o.Title = "  " }, "title"},
		"title of 101 characters":   {func(o *overlay.Offer) { o.Title = strings.Repeat("a", 101) }, "title"},
		"title of two lines":        {func(o *overlay.Offer) { o.Title = "a\nb" }, "title"},
		"title that turns around":   {func(o *overlay.Offer) { o.Title = "a\u202eb" }, "title"},
		"title that is not UTF-8":   {func(o *overlay.Offer) { o.Title = "a\xff" }, "title"},
		"long call to action":       {func(o *overlay.Offer) { o.CTA = strings.Repeat("a", 31) }, "cta"},
		"negative price":            {func(o *overlay.Offer) { o.Price.Amount = -1 }, "price"},
		"price beyond all":          {func(o *overlay.Offer) { o.Price.Amount = overlay.MaxAmount + 1; o.CompareAt = nil }, "price"},
		"unknown currency":          {func(o *overlay.Offer) { o.Price.Currency = "EUX"; o.CompareAt = nil }, "price"},
		"compared with less":        {func(o *overlay.Offer) { o.CompareAt.Amount = 1250 }, "compare_at"},
		"compared across countries": {func(o *overlay.Offer) { o.CompareAt.Currency = "USD" }, "compare_at"},
		"no link":                   {func(o *overlay.Offer) { o.URL = "" }, "url"},
		"picture up the tree":       {func(o *overlay.Offer) { o.Image = "../a.jpg" }, "image"},
		"hidden picture":            {func(o *overlay.Offer) { o.Image = ".a.jpg" }, "image"},
		"negative stock":            {func(o *overlay.Offer) { *o.Stock = -1 }, "stock"},
		"over a week":               {func(o *overlay.Offer) { o.Duration = overlay.MaxDuration + 1 }, "duration"},
		"long countdown":            {func(o *overlay.Offer) { o.Countdown = 301 * time.Second }, "countdown"},
		"undecided in words":        {func(o *overlay.Offer) { o.Disclosure = "maybe" }, "disclosure"},
	} {
		t.Run(name, func(t *testing.T) {
			o := honey()
			c.change(&o)
			err := o.Validate()
			if c.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var invalid *overlay.Invalid
			if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Field != c.field {
				t.Fatalf("%v, want something about %s alone", err, c.field)
			}
		})
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	err := (&overlay.Offer{}).Validate()
	for _, field := range []string{"id", "title", "url", "price"} {
		if !strings.Contains(err.Error(), field+" ") {
			t.Errorf("%v says nothing of %s", err, field)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, good := range []string{"https://a.example", "http://a.example:8080/x?y=1#z", "HTTPS://A.example/%20", "https://xn--bcher-kva.example/"} {
		if err := overlay.CheckURL(good); err != nil {
			t.Errorf("%s %v", good, err)
		}
	}
	for _, bad := range []string{"", "//a.example", "/a", "a.example", "javascript:alert(1)", "https:a.example", "https://", "https://u@a.example", "https://a.example/\r\nX: 1",
		"https://a.example/a b", `https:\\a.example`, "https://bücher.example", "ftp://a.example", "data:text/html,x", "https://a.example/" + strings.Repeat("a", 2000), "https://:80/"} {
		if overlay.CheckURL(bad) == nil {
			t.Errorf("%.60q is taken for a link", bad)
		}
	}
}

func TestOffersReadBackFromJSON(t *testing.T) {
	o := honey()
	o.Countdown = 1500 * time.Millisecond
	var got overlay.Offer
	if err := json.Unmarshal([]byte(text(t, o)), &got); err != nil {
		t.Fatal(err)
	}
	if text(t, got) != text(t, o) || got.Countdown != o.Countdown || got.Duration != o.Duration {
		t.Errorf("%+v reads back as %+v", o, got)
	}
	// A part of an offer changes only that part.
	if err := json.Unmarshal([]byte(`{"title":"Other","duration_seconds":60}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Title != "Other" || got.Duration != time.Minute || got.Countdown != o.Countdown || *got.Stock != 30 {
		t.Errorf("after a change of two fields: %+v", got)
	}
}
