package watch_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// TestLook takes pictures of the page, to be looked at.
func TestLook(t *testing.T) {
	if os.Getenv("HAWKER_TEST_PICTURES") == "" {
		require.Nightly(t)
	}
	images := t.TempDir()
	draw(t, filepath.Join(images, "honey.png"), color.RGBA{214, 140, 40, 255})
	draw(t, filepath.Join(images, "soap.png"), color.RGBA{120, 160, 140, 255})
	poster(t, filepath.Join(images, "poster.png"))
	chat := &chatter{}
	starts := time.Now().Add(26*time.Hour + 12*time.Minute)
	settings := watch.Settings{
		Brand: watch.Brand{Name: "Lan’s Kitchen", Accent: "#c2410c", Header: "#3b1f12", Links: []watch.Link{
			{Text: "Shop", URL: "https://shop.example.com"}, {Text: "Instagram", URL: "https://social.example.com/lan"}, {Text: "Imprint", URL: "https://shop.example.com/imprint"}}},
		Streams: []watch.Stream{{
			Name: "main", Title: "Autumn tasting: honey, jams and pickles", Poster: "poster.png", Chat: true, StartsAt: starts, EmbedOrigins: []string{"*"},
			Description: "Three evenings a week from my own kitchen. Ask me anything in the chat, I cook and pack while we talk.",
		}},
	}
	h := newHouse(t, func(c *watch.Config) {
		c.Settings = settings
		c.Parts = map[string]http.Handler{"chat": chat}
	})
	h.images = images
	h.broadcasts()
	t.Cleanup(func() { h.stop() })
	b := browser.Start(t)
	desktop, phone := b.Tab(t, 1440, 900), b.Tab(t, 390, 844)
	shoot := func(name string) {
		for _, scheme := range []string{"light", "dark"} {
			for _, size := range []string{"desktop", "phone", "zoomed"} { // the last is 1280x800 at 200 %
				tab := phone
				switch size {
				case "desktop":
					tab = desktop
				case "phone":
					tab.Resize(390, 844)
				case "zoomed":
					tab.Resize(640, 400)
				}
				tab.Scheme(scheme)
				tab.Until(`document.getAnimations().every(a => a.playState !== "running" || a.effect.getTiming().iterations === Infinity)`)
				_, b := tab.Picture()
				keep(t, name+"-"+size+"-"+scheme, b)
			}
		}
	}
	both := func(do func(*browser.Tab)) { do(desktop); do(phone) }
	desktop.Go(h.page("/main"))
	phone.Go(strings.Replace(h.page("/main"), "127.0.0.1", "localhost", 1)) // a browser has six connections for a host
	both(func(tab *browser.Tab) { tab.Until(`document.documentElement.dataset.phase === "before"`) })
	shoot("1-before")

	stop := h.perform(t)
	both(func(tab *browser.Tab) { tab.Until(`document.documentElement.dataset.phase === "live"`) })
	shoot("2-live")
	soap := honey()
	soap.ID, soap.Title, soap.Image, soap.Price.Amount, soap.CompareAt, soap.Stock, soap.Duration, soap.Disclosure = "soap", "Lavender soap, set of three", "soap.png", 1800, nil, nil, 0, overlay.Own
	h.sell(soap)
	h.sell(honey())
	both(func(tab *browser.Tab) { tab.Until(`document.querySelector(".deal article")?.dataset.run > 2`) })
	shoot("3-offer")
	both(func(tab *browser.Tab) { tab.Click(".sound") })
	phone.Click(`[data-tab="chat"]`)
	phone.Eval(`scrollTo(0, 60)`, nil)
	shoot("4-chat")
	phone.Eval(`scrollTo(0, 0)`, nil)
	phone.Click(`[data-tab="offers"]`)
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		return s.ShowBanner("main", overlay.Banner{ID: "b", Text: "Free shipping tonight on everything over €30, only while we are live", URL: "https://shop.example.com/"}, now)
	})
	both(func(tab *browser.Tab) { tab.Until(`document.querySelector(".banner")`) })
	shoot("5-banner")
	frame := b.Tab(t, 640, 360)
	frame.Go(strings.Replace(h.page("/main/embed"), "127.0.0.1", "[::ffff:127.0.0.1]", 1))
	frame.Until(`document.documentElement.dataset.phase === "live" && document.querySelector(".deal article")`)
	_, pic := frame.Picture()
	keep(t, "6-embed", pic)
	h.stock("honey", 0)
	both(func(tab *browser.Tab) { tab.Until(`document.querySelector('.deal article[data-phase="over"]')`) })
	shoot("7-soldout")
	settings.Streams[0].StartsAt = time.Time{}
	must(t, h.watch.Apply(settings))
	stop()
	both(func(tab *browser.Tab) { tab.Until(`document.documentElement.dataset.phase === "after"`) })
	shoot("8-after")
	frame.Until(`document.documentElement.dataset.phase === "after"`)
	_, pic = frame.Picture()
	keep(t, "8-after-embed", pic)
	cut := h.broadcast(t, "360x640", true) // a phone held upright
	both(func(tab *browser.Tab) { tab.Until(`document.documentElement.dataset.phase === "live"`) })
	h.stock("honey", 40)
	h.sell(honey())
	both(func(tab *browser.Tab) {
		tab.Until(`document.querySelector(".deal article .title")?.textContent.includes("honey")`)
	})
	shoot("11-upright")
	cut()
	settings.Streams = append(settings.Streams, watch.Stream{Name: "second", Title: "Tea with Minh"}, watch.Stream{Name: "third", Title: "The workshop: how a jar is filled, sealed and labelled", Poster: "poster.png"})
	must(t, h.watch.Apply(settings))
	h.watch.Live("second", time.Now())
	desktop.Until(`fetch("/").then(r => r.text()).then(text => text.includes('class="live"'))`)
	both(func(tab *browser.Tab) { tab.Go(h.page("/")) })
	shoot("12-list")
	desktop.Go(h.page("/nobody"))
	_, pic = desktop.Picture()
	keep(t, "9-gone", pic)
	for _, tab := range []*browser.Tab{desktop, phone, frame} {
		t.Log(tab.Problems())
	}
}

// perform publishes a show that can be looked at, until stop.
func (h *house) perform(t testing.TB) (stop func()) {
	t.Helper()
	cmd := exec.Command(require.Program(t, "ffmpeg"), "-hide_banner", "-loglevel", "error", "-re",
		"-f", "lavfi", "-i", "gradients=s=1280x720:c0=0x8a5a34:c1=0xd8b48a:c2=0x5d3a20:nb_colors=3:speed=0.01:r=25", "-re", "-f", "lavfi", "-i", "sine=frequency=220",
		"-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "25", "-b:v", "1M", "-c:a", "aac", "-f", "flv", "rtmp://"+h.rtmp+"/live/"+streamKey)
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	return func() {
		_, _ = in.Write([]byte("q"))
		_ = cmd.Wait()
	}
}

// draw draws a jar.
func draw(t testing.TB, file string, c color.RGBA) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 400, 400))
	for y := range 400 {
		for x := range 400 {
			img.Set(x, y, color.RGBA{245, 238, 225, 255})
			if x > 110 && x < 290 && y > 120 && y < 340 {
				img.Set(x, y, color.RGBA{uint8(int(c.R) + (x-200)/6), c.G, c.B, 255})
			}
			if x > 100 && x < 300 && y > 80 && y <= 120 {
				img.Set(x, y, color.RGBA{90, 60, 40, 255})
			}
		}
	}
	write(t, file, img)
}

func poster(t testing.TB, file string) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	for y := range 720 {
		for x := range 1280 {
			d := (x-900)*(x-900) + (y-300)*(y-300)
			v := max(0, 255-d/900)
			img.Set(x, y, color.RGBA{uint8(120 + v/2), uint8(70 + v/2), uint8(40 + v/4), 255})
		}
	}
	write(t, file, img)
}

func write(t testing.TB, file string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	must(t, os.WriteFile(file, b.Bytes(), 0o600))
}

// chatter is a chat that has been talked in.
type chatter struct{}

func (*chatter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type message map[string]any
	said := []message{}
	for i, m := range [][3]string{
		{"Ana", "viewer", "Good evening from Lisbon!"}, {"Jo", "viewer", "Is the honey from this year?"}, {"Lan", "host", "Yes, we filled it on Sunday. It is forest honey, a bit darker than the last one."},
		{"Priya", "viewer", "The pickles were amazing last time, thank you"}, {"Max", "viewer", "How much is shipping to Austria?"}, {"Tom", "moderator", "Shipping is free from 30 € everywhere in the EU."},
		{"Ana", "viewer", "Just ordered two jars 🍯"},
	} {
		said = append(said, message{"id": i + 1, "nickname": m[0], "role": m[1], "text": m[2], "viewer": m[0]})
	}
	room, _ := json.Marshal(map[string]any{"enabled": true, "slow_seconds": 5, "retention_seconds": 86400, "host": "Lan", "messages": said,
		"notice": "Your nickname and what you write are shown to everybody and deleted after 24 hours."})
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = w.Write(append(append([]byte("event: room\ndata: "), room...), "\n\n"...))
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{})
	_ = rc.Flush()
	<-r.Context().Done()
}
