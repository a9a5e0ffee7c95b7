package config_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
)

const evening = `
shows:
  - stream: main
    steps:
      - {at: +2m, offer: jar-of-honey}
      - {at: "2026-11-27 20:15:00+01:00", banner: hello}
      - {at: 2026-11-27T20:15:30Z, offer: gift}
      - {at: 2026-11-27 20:16+02:00, end: hello}
      - at: +10m
        end: jar-of-honey
offers:
  - id: jar-of-honey
    title: "  Chestnut honey, 250 g 👩‍🌾 "
    price: 12.50 EUR
    compare_at: {amount: 15.00, currency: EUR}
    url: https://shop.example.com/honey?size=250#top
    image: Honey-1.JPG
    cta: Buy now
    stock: 30
    duration: 5m
    countdown: 30s
    disclosure: own
  - {id: gift, title: 0123, price: 0 JPY, url: "https://shop.example.com/?a=(b)&c='d'", image: "https://cdn.example.com/gift.png?v=2", stock: unlimited, disclosure: affiliate}
  - {id: sold, title: Sold, price: {amount: "1", currency: USD}, url: "http://h", stock: 0, duration: 24h, countdown: 5m}
  - {id: least, title: Least, price: 1.5 EUR, url: https://shop.example.com/least}
banners:
  - {id: hello, text: Welcome, url: "http://example.com/", duration: 30s}
  - {id: bye, text: Until next week}
`

func eveningOffers() *config.OffersFile {
	eur := func(amount string) config.Money { return config.Money{Amount: amount, Currency: "EUR"} }
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	return &config.OffersFile{
		Offers: []config.Offer{
			{ID: "jar-of-honey", Title: "Chestnut honey, 250 g 👩‍🌾", Price: eur("12.50"), CompareAt: eur("15.00"),
				URL: "https://shop.example.com/honey?size=250#top", Image: "Honey-1.JPG", CTA: "Buy now", Stock: 30,
				Duration: 5 * time.Minute, Countdown: 30 * time.Second, Disclosure: "own"},
			{ID: "gift", Title: "0123", Price: config.Money{Amount: "0", Currency: "JPY"},
				URL: "https://shop.example.com/?a=(b)&c='d'", Image: "https://cdn.example.com/gift.png?v=2", Stock: config.Unlimited, Disclosure: "affiliate"},
			{ID: "sold", Title: "Sold", Price: config.Money{Amount: "1", Currency: "USD"}, URL: "http://h",
				Duration: 24 * time.Hour, Countdown: 5 * time.Minute},
			{ID: "least", Title: "Least", Price: eur("1.5"), URL: "https://shop.example.com/least", Stock: config.Unlimited},
		},
		Banners: []config.Banner{
			{ID: "hello", Text: "Welcome", URL: "http://example.com/", Duration: 30 * time.Second},
			{ID: "bye", Text: "Until next week"},
		},
		Shows: []config.Show{{Stream: "main", Steps: []config.Step{
			{After: 2 * time.Minute, Offer: "jar-of-honey"},
			{At: day.Add(19*time.Hour + 15*time.Minute), Banner: "hello"},
			{At: day.Add(20*time.Hour + 15*time.Minute + 30*time.Second), Offer: "gift"},
			{At: day.Add(18*time.Hour + 16*time.Minute), End: "hello"},
			{After: 10 * time.Minute, End: "jar-of-honey"},
		}}},
	}
}

func TestDecodeOffersReadsEveryField(t *testing.T) {
	got, err := config.DecodeOffers("evening.yaml", []byte(evening))
	if err != nil {
		t.Fatal(err)
	}
	if want := eveningOffers(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeOffersAccepts(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"no offers", "offers: []"},
		{"lists without values", "offers:\nbanners:\nshows:"},
		{"show without steps", "shows: [{stream: any}]"},
		{"longest title", "offers: [{id: a, title: " + strings.Repeat("é", config.MaxTitle) + ", price: 1 EUR, url: https://h/}]"},
		{"aliases", "offers: [{id: a, title: A, price: &p 1 EUR, url: &u https://h/}, {id: b, title: B, price: *p, url: *u}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := config.DecodeOffers("o.yaml", []byte(c.text)); err != nil {
				t.Error(err)
			}
		})
	}
}

// offer, banner and step put a piece into an otherwise valid file.
func offer(fields string) string {
	if !strings.Contains(fields, "url:") {
		fields += ", url: https://h/"
	}
	return "offers:\n- {id: jar, title: Jar, " + fields + "}\n"
}

func banner(fields string) string { return "banners:\n- {id: hello, " + fields + "}\n" }

func step(fields string) string {
	return "offers: [{id: jar, title: Jar, price: 1 EUR, url: https://h/}]\nbanners: [{id: hello, text: Hello}]\n" +
		"shows:\n- stream: main\n  steps:\n  - {" + fields + "}\n"
}

const inStep = "shows[0].steps[0]"

func TestDecodeOffersErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty file", "# later\n", "1:1: the file is empty: it needs at least offers: []"},
		{"not YAML", "offers: [\n", "1:1: not valid YAML"},
		{"two documents", "offers: []\n---\n", "2:1: a second document begins here"},
		{"too large", "# " + strings.Repeat("x", config.MaxSize), "1:1: the file is larger than 1024 KiB"},
		{"a list", "- id: jar\n", "1:1: must hold fields"},
		{"unknown field", "offres: []\n", `1:1: unknown field "offres": did you mean offers?`},
		{"unknown field of an offer", offer("price: 1 EUR, prise: x"), `2:39: offers[0]: unknown field "prise": did you mean price?`},
		{"offer without value", "offers:\n-\n", "offers[0]: has no value: write id: jar-of-honey"},
		{"offer that is a word", "offers: [jar]\n", "1:10: offers[0]: must hold fields"},
		{"variable", offer(`price: 1 EUR, cta: "${CTA}"`), "offers[0].cta: ${NAME} is replaced in keys"},

		{"id missing", "offers: [{title: Jar, price: 1 EUR, url: https://h/}]", "1:10: offers[0].id: is missing: write id: jar-of-honey"},
		{"title missing", "offers: [{id: jar, price: 1 EUR, url: https://h/}]", "1:10: offers[0].title: is missing"},
		{"price missing", "offers: [{id: jar, title: Jar}]", "1:10: offers[0].price: is missing: write price: 12.50 EUR"},
		{"url missing", "offers: [{id: jar, title: Jar, price: 1 EUR}]", "1:10: offers[0].url: is missing: write url: https://..."},
		{"url without value", offer("price: 1 EUR, url: "), "2:44: offers[0].url: has no value"},
		{"id in capitals", "offers: [{id: Jar, title: Jar, price: 1 EUR, url: https://h/}]", "1:15: offers[0].id: must be 1 to 64 of a-z, 0-9 and -"},
		{"id that begins with a dash", "offers: [{id: -jar, title: Jar, price: 1 EUR, url: https://h/}]", "offers[0].id: must be 1 to 64"},
		{"id too long", "offers: [{id: " + strings.Repeat("j", 65) + ", title: Jar, price: 1 EUR, url: https://h/}]", "offers[0].id: must be 1 to 64"},
		{"ids equal", "offers:\n- {id: jar, title: Jar, price: 1 EUR, url: https://h/}\n- {id: jar, title: Jar, price: 1 EUR, url: https://h/}\n", "3:8: offers[1].id: jar is the id of the offer on line 2 already"},
		{"ids of offer and banner equal", "banners: [{id: jar, text: x}]\noffers:\n- {id: jar, title: Jar, price: 1 EUR, url: https://h/}\n", "3:8: offers[0].id: jar is the id of the banner on line 1 already"},
		{"title empty", `offers: [{id: jar, title: " ", price: 1 EUR, url: https://h/}]`, "offers[0].title: is empty"},
		{"title of lines", `offers: [{id: jar, title: "a\nb", price: 1 EUR, url: https://h/}]`, "offers[0].title: has a line break"},
		{"title too long", "offers: [{id: jar, title: " + strings.Repeat("é", 101) + ", price: 1 EUR, url: https://h/}]", "offers[0].title: is longer than 100 characters"},
		{"cta too long", offer("price: 1 EUR, cta: " + strings.Repeat("b", 31)), "offers[0].cta: is longer than 30 characters"},

		{"price without currency", offer("price: 12.50"), "2:32: offers[0].price: must be an amount and a currency, such as 12.50 EUR"},
		{"price with a sign", offer("price: €12.50"), "offers[0].price: must be an amount"},
		{"price in small letters", offer("price: 12.50 eur"), "offers[0].price: must be an amount"},
		{"price with a comma", offer(`price: "12,50 EUR"`), "offers[0].price: must be an amount"},
		{"price below zero", offer("price: -1 EUR"), "offers[0].price: must be an amount"},
		{"price ends with a point", offer("price: 1. EUR"), "offers[0].price: must be an amount"},
		{"price in parts without one", offer("price: {amount: 1}"), "2:32: offers[0].price.currency: is missing: write currency: EUR"},
		{"price in parts, bad amount", offer("price: {amount: 1e3, currency: EUR}"), "2:41: offers[0].price.amount: must be digits"},
		{"price in parts, bad currency", offer("price: {amount: 1, currency: euro}"), "offers[0].price.currency: must be three capital letters"},
		{"price without value", offer("price: "), "offers[0].price: has no value"},
		{"price as a list", offer("price: [1, EUR]"), "offers[0].price: must be a single value"},
		{"compare_at", offer("price: 1 EUR, compare_at: 2"), "offers[0].compare_at: must be an amount"},

		{"url without scheme", offer("price: 1 EUR, url: shop.example.com"), "offers[0].url: must begin with https:// or http://"},
		{"url that runs", offer(`price: 1 EUR, url: "javascript://x"`), "offers[0].url: must begin with https:// or http://"},
		{"url with a user", offer(`price: 1 EUR, url: "https://a:b@c/"`), "offers[0].url: has a user before the host"},
		{"url too long", offer(`price: 1 EUR, url: "https://h/` + strings.Repeat("x", 2000) + `"`), "offers[0].url: is longer than 2000 bytes"},
		{"image by http", offer(`price: 1 EUR, image: "http://h/i.png"`), "offers[0].image: must begin with https://"},
		{"image of another scheme", offer(`price: 1 EUR, image: "file:///etc/passwd"`), "offers[0].image: must begin with https://"},
		{"image in a folder", offer("price: 1 EUR, image: ../i.png"), "offers[0].image: must be the name of a file in the folder for images"},
		{"image in a folder, backwards", offer(`price: 1 EUR, image: 'a\i.png'`), "offers[0].image: must be the name of a file"},
		{"image that is hidden", offer("price: 1 EUR, image: .png"), "offers[0].image: is not the name of a file"},
		{"image with a space", offer("price: 1 EUR, image: honey 1.png"), "offers[0].image: has a sign that needs disguise in a URL"},
		{"image with a sign of URLs", offer(`price: 1 EUR, image: "honey#1.png"`), "offers[0].image: has a sign that needs disguise in a URL"},
		{"image in other letters", offer("price: 1 EUR, image: gelée.png"), "offers[0].image: has a sign that needs disguise in a URL"},
		{"url with a brace", offer(`price: 1 EUR, url: "https://h/?a={b}"`), "offers[0].url: has a character that no URL has"},
		{"url with a backslash", offer(`price: 1 EUR, url: 'https://h/a\b'`), "offers[0].url: has a character that no URL has"},
		{"image of another kind", offer("price: 1 EUR, image: i.svg"), "offers[0].image: must end with one of .jpg, .jpeg, .png"},
		{"stock of words", offer("price: 1 EUR, stock: many"), "offers[0].stock: must be a whole number from 0 to 1000000, or unlimited"},
		{"stock below zero", offer("price: 1 EUR, stock: -1"), "offers[0].stock: must be a whole number"},
		{"stock too large", offer("price: 1 EUR, stock: 1000001"), "offers[0].stock: must be a whole number"},
		{"duration without unit", offer("price: 1 EUR, duration: 5"), "offers[0].duration: needs a unit"},
		{"duration too long", offer("price: 1 EUR, duration: 169h"), "offers[0].duration: must be between 0s and 168h"},
		{"countdown too long", offer("price: 1 EUR, countdown: 301s"), "offers[0].countdown: must be between 0s and 5m"},
		{"disclosure unknown", offer("price: 1 EUR, disclosure: ad"), "offers[0].disclosure: must be one of own, affiliate, sponsored"},

		{"banner without text", banner("duration: 1s"), "2:3: banners[0].text: is missing: write text: Welcome"},
		{"banner too long", banner("text: " + strings.Repeat("b", 121)), "banners[0].text: is longer than 120 characters"},
		{"banner with a bad url", banner("text: x, url: y"), "banners[0].url: must begin with https:// or http://"},
		{"banner with a price", banner("text: x, price: 1 EUR"), `banners[0]: unknown field "price"`},

		{"stream missing", "shows: [{steps: []}]\n", "1:9: shows[0].stream: is missing: write stream: main"},
		{"stream with a bad name", "shows: [{stream: a b}]\n", "1:18: shows[0].stream: must be 1 to 64 letters"},
		{"two shows of a stream", "shows:\n- {stream: a}\n- {stream: a}\n", "3:12: shows[1].stream: the stream has a show on line 2 already"},
		{"step without at", step("offer: jar"), "6:5: " + inStep + ".at: is missing: write at: +2m"},
		{"step without plus", step("at: 2m, offer: jar"), "6:10: " + inStep + ".at: needs a + before it"},
		{"step without unit", step("at: +2, offer: jar"), inStep + ".at: needs a unit"},
		{"step too late", step("at: +24h1s, offer: jar"), inStep + ".at: must be between 0s and 24h"},
		{"step before the show", step("at: -2m, offer: jar"), inStep + ".at: needs a + before it"},
		{"step without zone", step("at: 2026-11-27 20:15:00, offer: jar"), inStep + `.at: does not say in which time zone: end with the offset from UTC, as "2026-11-27 20:15:00+01:00"`},
		{"step on no day", step("at: 2026-02-30 20:15:00Z, offer: jar"), inStep + ".at: must be the time after going live, such as +2m, or a moment"},
		{"step at words", step("at: later, offer: jar"), inStep + ".at: must be the time after going live"},
		{"step that does nothing", step("at: +2m"), "6:5: " + inStep + ": does nothing: write offer: ID"},
		{"step that does two things", step("at: +2m, offer: jar, banner: hello"), "6:35: " + inStep + ".banner: offer and banner are both given"},
		{"step without value", "shows: [{stream: a, steps: [~]}]", "shows[0].steps[0]: has no value: write at: +2m"},
		{"unknown offer", step("at: +2m, offer: jra"), "6:22: " + inStep + ".offer: there is no offer jra in the file: did you mean jar?"},
		{"unknown offer, unlike any", step("at: +2m, offer: x-1"), inStep + ".offer: there is no offer x-1 in the file; it has jar"},
		{"unknown banner", step("at: +2m, banner: helo"), inStep + ".banner: there is no banner helo in the file: did you mean hello?"},
		{"unknown end", step("at: +2m, end: zebra"), inStep + ".end: there is no offer or banner zebra in the file; it has hello, jar"},
		{"offer that is a banner", step("at: +2m, offer: hello"), inStep + ".offer: hello is the banner on line 2: write banner: hello"},
		{"offers unknown", "shows: [{stream: a, steps: [{at: +1s, offer: jar}]}]", "there is no offer jar in the file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := config.DecodeOffers("evening.yaml", []byte(c.text))
			var errs config.Errors
			if !errors.As(err, &errs) || f != nil {
				t.Fatalf("got %+v, %v, want config.Errors", f, err)
			}
			if told := errs.Error(); !strings.Contains(told, c.want) || !strings.HasPrefix(told, "evening.yaml:") {
				t.Errorf("errors:\n%s\nwant %s", told, c.want)
			}
		})
	}
}

// A file in which nothing fits must not be searched for ever for what was meant:
// after some errors they stop to tell what there is.
func TestManyUnknownIDs(t *testing.T) {
	var b strings.Builder
	b.WriteString("offers:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "- {id: x%d, title: a, price: 1 EUR, url: https://h/}\n", i)
	}
	b.WriteString("shows:\n- stream: a\n  steps:\n")
	for range 2000 {
		b.WriteString("  - {at: +1s, offer: elsewhere}\n")
	}
	_, err := config.DecodeOffers("o.yaml", []byte(b.String()))
	var errs config.Errors
	if errors.As(err, &errs); len(errs) != 1000 {
		t.Fatalf("%d errors: %.300v", len(errs), err)
	}
	const short, long = "there is no offer elsewhere in the file", "; it has x0, x1, x10, x11, x12, x13, x14, x15, x16, x17 and 10 more"
	if errs[0].Message != short+long || errs[999].Message != short {
		t.Errorf("the first is %q, the last %q", errs[0].Message, errs[999].Message)
	}
}

func TestErrorsOfTheOffersFileTellItsPlaces(t *testing.T) {
	dir := t.TempDir()
	offers := write(t, dir, "offers.yaml", "offers:\n- {id: jar, title: Jar, url: https://h/}\nshows: [{stream: mian, steps: [{at: +1m, offer: jra}]}]\n")
	path := write(t, dir, "hawker.yaml", "data: \"\"\noffers_file: offers.yaml\nstreams: [{name: main, key: k, hold: 2h}]\n")
	got, err := config.Load(path, options(nil))
	want := []string{
		path + ":1:7: data: must name a file or folder",
		path + ":3:38: streams[0].hold: must be between",
		offers + ":2:3: offers[0].price: is missing",
		offers + `:3:18: shows[0].stream: there is no stream "mian" in the configuration: did you mean main?`,
		offers + ":3:49: shows[0].steps[0].offer: there is no offer jra in the file: did you mean jar?",
	}
	told := strings.Split(err.Error(), "\n")
	if len(told) != len(want) {
		t.Fatalf("%d errors, want %d:\n%v", len(told), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(told[i], want[i]) {
			t.Errorf("error %d:\n got %s\nwant %s", i, told[i], want[i])
		}
	}
	if !slices.Contains(got.Files(), offers) || got.Offers != nil {
		t.Errorf("files = %v, offers %v", got.Files(), got.Offers)
	}
}

// A mistake in a stream's name must not become one of the shows.
func TestShowsOfAStreamWhoseNameIsWrong(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "offers.yaml", "shows: [{stream: main}]\n")
	path := write(t, dir, "hawker.yaml", "offers_file: offers.yaml\nstreams: [{name: ma in, key: k}]\n")
	_, err := config.Load(path, options(nil))
	var errs config.Errors
	if !errors.As(err, &errs) || len(errs) != 1 || errs[0].Path != "streams[0].name" {
		t.Errorf("err = %v", err)
	}
}

// What is read again must be equal, or a server would apply it again and again.
func TestOffersReadTwiceAreEqual(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "offers.yaml", evening)
	write(t, dir, "theme.css", "a{}")
	path := write(t, dir, "hawker.yaml", "offers_file: offers.yaml\npublic: {trusted_proxies: [10.0.0.0/8]}\noverlay: {css: theme.css}\nstreams: [{name: main, key: k}]\n")
	once, err := config.Load(path, options(nil))
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.Load(path, options(nil))
	if err != nil || !reflect.DeepEqual(once, again) {
		t.Errorf("got %+v, then %+v (%v)", once, again, err)
	}
	write(t, dir, "theme.css", "b{}")
	if third, err := config.Load(path, options(nil)); err != nil || reflect.DeepEqual(once, third) {
		t.Errorf("a new style sheet makes no difference (%v)", err)
	}
	if once.OffersFile != filepath.Join(dir, "offers.yaml") {
		t.Errorf("offers file %s", once.OffersFile)
	}
}
