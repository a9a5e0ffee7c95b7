package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
)

func TestStarterLoads(t *testing.T) {
	for _, c := range []struct{ name, key string }{
		{"new key", config.NewKey().Reveal()},
		{"number", "12345"},
		{"quotes", `a"b'c: #{}`[:6]},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, t.TempDir(), "hawker.yaml", string(config.Starter(secret.New(c.key))))
			got, err := config.Load(path, config.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Streams) != 1 || got.Streams[0].Name != "main" ||
				got.Streams[0].Key.Reveal() != c.key || len(got.Streams[0].Destinations) != 0 {
				t.Errorf("streams = %+v", got.Streams)
			}
			s := got.Streams[0]
			if s.Hold != config.DefaultHold || s.StopGrace != config.DefaultStopGrace ||
				got.Ingest.RTMP != config.DefaultRTMP || got.Admin.Listen != config.DefaultAdmin ||
				got.Public.Listen != config.DefaultPublic || !strings.HasSuffix(got.Data, "hawker-data") {
				t.Errorf("the starter does not show the defaults: %+v", got)
			}
		})
	}
}

func TestStarterExamplesAreValid(t *testing.T) {
	text := string(config.Starter(config.NewKey()))
	text = strings.Replace(text, "destinations: []", "destinations:", 1)
	text = strings.ReplaceAll(text, "# - {", "- {")
	dir := t.TempDir()
	key := regexp.MustCompile(`key_file: ([a-z-]+\.key)`)
	for _, m := range key.FindAllStringSubmatch(text, -1) {
		write(t, dir, m[1], "abc")
	}
	any := config.Options{
		Platform: func(string) (config.Platform, bool) {
			return config.Platform{Server: "rtmp://h.example.com/app"}, true
		},
		Getenv: func(string) (string, bool) { return "abc", true },
	}
	got, err := config.Load(write(t, dir, "hawker.yaml", text), any)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Streams[0].Destinations); n != strings.Count(text, "- {") || n < 12 {
		t.Errorf("%d of the examples were read", n)
	}
}

func TestStarterShowsHowToSell(t *testing.T) {
	text := string(config.Starter(config.NewKey()))
	for _, line := range []string{"  # url: ", "  # trusted_proxies: ", "# offers_file: ", "# overlay: ", "# brand: ", "# chat_retention: ",
		"    # title: ", "    # lang: ", "    # poster: ", "    # starts_at: ", "    # embed_origins: ", "    # chat: ", "    # record: "} {
		if strings.Count(text, "\n"+line) != 1 {
			t.Fatalf("no line %q", line)
		}
		text = strings.Replace(text, "\n"+line, "\n"+strings.Replace(line, "# ", "", 1), 1)
	}
	dir := t.TempDir()
	write(t, dir, "theme.css", "a{}")
	write(t, dir, "offers.yaml", evening)
	write(t, dir, "words.txt", "spam\n")
	got, err := config.Load(write(t, dir, "hawker.yaml", text), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Public.URL == "" || len(got.Public.TrustedProxies) != 1 || len(got.Offers.Offers) != 4 ||
		got.Overlay.CSS != "a{}" || len(got.Overlay.Attribution) != 1 {
		t.Errorf("got %+v", got)
	}
	if s := got.Streams[0]; got.Brand.Accent == "" || got.ChatRetention != config.DefaultChatRetention || s.Title == "" || s.Poster == "" ||
		s.StartsAt.IsZero() || len(s.EmbedOrigins) != 1 || len(s.Chat.BlockedWords) != 1 || s.Record.KeepSize != 50<<30 {
		t.Errorf("got %+v of %+v", s, got)
	}
}

func TestStarterTakesEdits(t *testing.T) {
	before := string(config.Starter(secret.New("abc")))
	path := write(t, t.TempDir(), "hawker.yaml", before)
	if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(before, "    destinations: []\n",
		"    destinations:\n      - {name: new, platform: twitch, key: abc}\n", 1)
	if got := read(t, path); got != want {
		t.Errorf("got\n%s", got)
	}
	if err := config.Edit(path, options(nil), func(d *config.Doc) error { return d.RemoveDestination("main", "new") }); err != nil {
		t.Fatal(err)
	}
	if read(t, path) != before {
		t.Error("adding and removing does not lead back")
	}
}

func TestNewKey(t *testing.T) {
	shape, seen := regexp.MustCompile(`^[a-km-np-z2-9]{32}$`), map[string]bool{} // 32 signs of 5 bits
	for range 100 {
		key := config.NewKey().Reveal()
		if !shape.MatchString(key) || seen[key] {
			t.Fatalf("key %q", key)
		}
		seen[key] = true
	}
}
