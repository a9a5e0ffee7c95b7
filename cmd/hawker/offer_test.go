package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// does runs a command that must succeed, and print each of these.
func (h *hawker) does(args []string, prints ...string) string {
	h.t.Helper()
	code, out, errOut := h.command("", args...)
	if code != exitOK {
		h.t.Fatalf("hawker %s: exit code %d: %s%s", strings.Join(args, " "), code, out, errOut)
	}
	for _, want := range prints {
		if !regexp.MustCompile(want).MatchString(out) {
			h.t.Fatalf("hawker %s does not print %q, but:\n%s", strings.Join(args, " "), want, out)
		}
	}
	return out
}

// fails runs a command that must fail with a code, and say each of these.
func (h *hawker) fails(want int, args []string, says ...string) {
	h.t.Helper()
	code, out, errOut := h.command("", args...)
	if code != want {
		h.t.Fatalf("hawker %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, out, errOut)
	}
	for _, text := range says {
		if !strings.Contains(errOut, text) {
			h.t.Fatalf("hawker %s does not say %q, but:\n%s", strings.Join(args, " "), text, errOut)
		}
	}
}

// follow clicks a link as a viewer would, and returns where it leads.
func follow(ctx context.Context, t *testing.T, link string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	must(t, err)
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		t.Fatalf("%s: %s", link, resp.Status)
	}
	return resp.Header.Get("Location")
}

var addHoney = []string{"offer", "add", "honey", "--title", "Chestnut honey", "--price", "12.50 EUR", "--compare-at", "15 EUR",
	"--url", "https://shop.example.com/honey?size=250", "--stock", "3", "--duration", "5m"}

func TestOfferByTheCommandLine(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(p))
	h.does([]string{"offer", "list"}, "There are no offers")
	h.does(addHoney, "Added offer honey: Chestnut honey, 12.50 EUR", "offer change honey --disclosure own")
	h.fails(exitFailure, addHoney, "already")
	h.fails(exitFailure, []string{"offer", "start", "main", "honey"}, "own, affiliate or sponsored")
	h.does([]string{"offer", "change", "honey", "--disclosure", "own", "--cta", "Taste it"}, "Changed offer honey")
	h.does([]string{"offer", "start", "main", "honey"}, `Chestnut honey is on main, until \d\d:\d\d:\d\d`)
	h.fails(exitFailure, []string{"offer", "start", "main", "honey"}, "runs already")
	h.does([]string{"offer", "list"}, `honey +Chestnut honey +12.50 EUR \(was 15.00 EUR\) +3 +5m +own +main`)
	h.does([]string{"offer", "stock", "honey", "--change", "-1"}, "honey: 2 left")
	link := strings.TrimSpace(strings.Split(h.does([]string{"overlay", "main"}, "offer honey: Chestnut honey, 12.50 EUR, 2 left, ends in [45]m"), "\n")[0])
	if resp, err := http.Get(link); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the overlay's link %s: %v, %v", link, resp, err)
	} else {
		_ = resp.Body.Close()
	}
	h.does([]string{"status"}, "main shows offer honey: Chestnut honey")
	h.does([]string{"banner", "show", "main", "Shipping is free today", "--for", "30s"}, "The banner is on main")
	h.does([]string{"overlay", "main"}, "banner banner: Shipping is free today, ends in")
	h.does([]string{"banner", "hide", "main"}, "No banner is shown on main any more")

	if got := follow(h.ctx, t, "http://"+h.public+"/o/honey/a"); got != "https://shop.example.com/honey?size=250" {
		t.Errorf("the short link leads to %s", got)
	}
	h.does([]string{"offer", "links", "honey"}, "main +a +http://"+h.public+"/o/honey/a +1 +1", "anywhere +http://"+h.public+"/o/honey +0 +0")
	h.does([]string{"offer", "links", "honey", "--destination", "a"}, "^http://"+h.public+"/o/honey/a\n$")
	h.does([]string{"offer", "links", "honey", "--qr", "terminal"}, "█")
	picture := filepath.Join(t.TempDir(), "honey.png")
	h.does([]string{"offer", "links", "honey", "--qr", picture}, "Drew http://")
	if b, err := os.ReadFile(picture); err != nil || http.DetectContentType(b) != "image/png" {
		t.Errorf("the picture: %v", err)
	}
	h.metric(`hawker_offer_active{offer="honey",stream="main"} 1`)
	h.metric(`hawker_offer_clicks_total{destination="a",offer="honey"} 1`)

	h.fails(exitFailure, []string{"offer", "remove", "honey"}, "end it first")
	h.does([]string{"offer", "end", "main", "honey"}, "honey has ended on main")
	h.metric(`hawker_offer_active{offer="honey",stream="main"} 0`)
	h.does([]string{"offer", "show", "honey"}, "Call to action +Taste it", `main +started +12.50 EUR +3 `, `main +updated +12.50 EUR +2 `, `main +ended +12.50 EUR +2 .* hand`)
	h.does([]string{"offer", "remove", "honey"}, "Removed offer honey")
	h.does([]string{"offer", "show", "honey"}, "Offer honey was removed; its log:", "removed +12.50 EUR")
	h.fails(exitFailure, []string{"offer", "show", "jam"}, `there is no offer "jam"`)
	if strings.Contains(h.log.String(), "key=") {
		t.Errorf("the log has an overlay link:\n%s", h.log)
	}
}

// What was acknowledged is there after a restart, and runs on.
func TestOffersAreKept(t *testing.T) {
	h := serve(t, mainYAML())
	h.does(append(addHoney, "--disclosure", "own"))
	h.does([]string{"offer", "start", "main", "honey"})
	before := h.does([]string{"overlay", "main"})
	_ = follow(h.ctx, t, "http://"+h.public+"/o/honey")
	if code := h.end(); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, h.log)
	}
	again := resume(t, h)
	after := again.does([]string{"overlay", "main"}, "offer honey: Chestnut honey, 12.50 EUR, 3 left, ends in")
	if a, b := strings.Split(before, "\n")[0], strings.Split(after, "\n")[0]; a != b {
		t.Errorf("the overlay's link was %s and is %s: OBS has the old one", a, b)
	}
	again.does([]string{"offer", "links", "honey"}, "anywhere .* 1 +1")
}

const offersYAML = `offers:
  - {id: honey, title: Chestnut honey, price: 12.50 EUR, url: "https://shop.example.com/honey", disclosure: own, stock: 5}
banners:
  - {id: hello, text: Welcome}
`

func TestFileOfOffersIsFollowed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offers.yaml")
	write := func(text string) { must(t, os.WriteFile(file, []byte(text), 0o600)) }
	write(offersYAML)
	h := serve(t, mainYAML()+fmt.Sprintf("offers_file: %q\n", file))
	h.does([]string{"offer", "list"}, "honey +Chestnut honey")
	h.does([]string{"offer", "start", "main", "honey"})
	h.fails(exitFailure, []string{"offer", "change", "honey", "--price", "1 EUR"}, "file of offers")
	h.does([]string{"banner", "show", "main", "--id", "hello"})

	write(strings.Replace(offersYAML, "Chestnut", "Lime", 1))
	h.log.wait(h.ctx, t, "configuration in force", 1)
	h.does([]string{"overlay", "main"}, "Lime honey", "banner hello: Welcome")

	write(strings.Replace(offersYAML, "disclosure: own", "disclosure: maybe", 1))
	h.log.wait(h.ctx, t, "the one before stays in force", 1)
	h.metric("hawker_config_last_reload_success 0")
	h.fails(exitFailure, []string{"check"}, file+":2:", "disclosure")
	h.does([]string{"overlay", "main"}, "Lime honey") // the show goes on
	h.does([]string{"offer", "end", "main", "honey"})

	write("offers: []\n")
	h.log.wait(h.ctx, t, "configuration in force", 2)
	h.does([]string{"offer", "list"}, "There are no offers")
}

// What is on a stream that leaves the configuration ends there: nobody could end
// it any more.
func TestStreamThatLeavesEndsItsOffers(t *testing.T) {
	second := "  - {name: second, key: key-of-second}\n"
	h := serve(t, mainYAML()+second)
	h.does(append(addHoney, "--disclosure", "own"))
	h.does([]string{"offer", "start", "second", "honey"})
	h.write(mainYAML())
	h.log.wait(h.ctx, t, "configuration in force", 1)
	h.does([]string{"offer", "show", "honey"}, "second +ended .* stream removed")
	h.does([]string{"offer", "remove", "honey"})
	h.write(mainYAML() + second)
	h.log.wait(h.ctx, t, "configuration in force", 2)
	if out := h.does([]string{"overlay", "second"}); strings.Contains(out, "honey") {
		t.Errorf("the stream that is back shows %s", out)
	}
}

// An edit while the server was stopped does not keep it from starting.
func TestFileThatContradictsWhatRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offers.yaml")
	must(t, os.WriteFile(file, []byte(offersYAML), 0o600))
	h := serve(t, mainYAML()+fmt.Sprintf("offers_file: %q\n", file))
	h.does([]string{"offer", "start", "main", "honey"})
	h.end()
	must(t, os.WriteFile(file, []byte(strings.Replace(offersYAML, ", disclosure: own", "", 1)), 0o600))
	again := resume(t, h)
	again.does([]string{"overlay", "main"}, "offer honey")
	again.log.wait(h.ctx, t, "put it back, or end the offer first", 1)
}

func TestImport(t *testing.T) {
	h := serve(t, mainYAML())
	dir := t.TempDir()
	csv, yaml := filepath.Join(dir, "offers.csv"), filepath.Join(dir, "offers.yaml")
	must(t, os.WriteFile(csv, []byte("id,title,price,url,stock,duration,disclosure\nhoney,Honey,12.50 EUR,https://a.example/honey,30,5m,own\njam,Jam,350 JPY,https://a.example/jam,,,\n"), 0o600))
	h.does([]string{"offer", "import", csv}, "Imported 2 offers")
	h.does([]string{"offer", "list"}, "honey +Honey +12.50 EUR +30 +5m +own", "jam +Jam +350 JPY +unlimited +until ended +undecided")
	h.does([]string{"offer", "stock", "honey", "--change", "-5"})
	must(t, os.WriteFile(yaml, []byte(offersYAML), 0o600))
	h.fails(exitFailure, []string{"offer", "import", yaml}, "banners or shows")
	only, _, _ := strings.Cut(offersYAML, "banners:")
	must(t, os.WriteFile(yaml, []byte(only), 0o600))
	h.does([]string{"offer", "import", yaml}, "Imported 1 offer\n")
	h.does([]string{"offer", "list"}, "honey +Chestnut honey +12.50 EUR +25 ") // what was sold is sold
	must(t, os.WriteFile(csv, []byte("id,title,price,url\nsalt,Salt,1 EUR,https://a.example\nbad,Bad,1.234 EUR,https://a.example\n"), 0o600))
	h.fails(exitFailure, []string{"offer", "import", csv}, "bad")
	h.fails(exitFailure, []string{"offer", "import", filepath.Join(dir, "none.csv")}, "none.csv")
	if out := h.does([]string{"offer", "list"}); strings.Contains(out, "salt") {
		t.Errorf("a file with a mistake was imported in part:\n%s", out)
	}
}

// The two say the same of how large things may be: what the file may hold, the
// overlay takes.
func TestLimitsAgree(t *testing.T) {
	for name, pair := range map[string][2]any{
		"offers": {config.MaxOffers, overlay.MaxOffers}, "stock": {config.MaxStock, overlay.MaxStock}, "title": {config.MaxTitle, overlay.MaxTitle},
		"text": {config.MaxText, overlay.MaxBannerText}, "call to action": {config.MaxCTA, overlay.MaxCTA}, "link": {config.MaxLink, overlay.MaxURL},
		"duration": {config.MaxOnAir, overlay.MaxDuration}, "countdown": {config.MaxCountdown, overlay.MaxCountdown}, "offset": {config.MaxAfter, overlay.MaxOffset},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v in config and %v in overlay", name, pair[0], pair[1])
		}
	}
}

// The API's answers decode into what the command line shows.
func TestOfferListAsJSON(t *testing.T) {
	h := serve(t, mainYAML())
	h.does(addHoney)
	var got struct {
		Offers []struct {
			ID    string        `json:"id"`
			Price overlay.Money `json:"price"`
		} `json:"offers"`
	}
	if err := json.Unmarshal([]byte(h.does([]string{"offer", "list", "--json"})), &got); err != nil || len(got.Offers) != 1 || got.Offers[0].Price.Amount != 1250 {
		t.Errorf("%+v, %v", got, err)
	}
}
