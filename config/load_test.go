package config_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
)

const whole = `
ingest:
  rtmp: ":1935"                  # listen address
  rtmps: {listen: ":1936", cert: cert.pem, key: key.pem}   # optional
admin: {listen: "127.0.0.1:9935"}
public: {listen: ":8935", url: "https://Live.Example.com/", trusted_proxies: [127.0.0.1, "10.0.0.0/8", "::ffff:192.0.2.1", "2001:db8::/32"]}
data: {folder: ./lasting, database: "postgres://hawker:${DB_PASSWORD}@db.example.com:5432/hawker?sslmode=require"}
offers_file: offers.yaml
overlay:
  css: theme.css
  images: pictures
  attribution: {utm_source: "{destination}", utm_medium: live, utm_campaign: "{stream}-{offer}"}
brand:
  name: Lan's Kitchen
  logo: logo.png
  accent: "#c2410c"
  header: "#FFF"
  links: [{text: Shop, url: "https://shop.example.com"}, {text: Imprint, url: "https://shop.example.com/imprint"}]
chat_retention: 36h
streams:
  - name: main
    key: ${HAWKER_KEY}
    backup_key: spare
    backup_return: manual
    takeover: always
    latency: relaxed
    hold: 90s
    hold_slate: none
    stop_grace: 0s
    title: Honey and tea
    description: |
      Every Friday.

      With Lan.
    lang: zh-Hant-TW
    poster: https://cdn.example.com/poster.webp
    starts_at: 2026-11-27 20:00:00+01:00
    embed_origins: ["https://Shop.example.com/", "http://localhost:8080"]
    chat: {enabled: true, slow: 5s, host: " Lan ", blocked_words_file: words.txt}
    record: {folder: ./recordings, format: flv, split_size: 1GiB, split_every: 1h, keep: 720h, keep_size: 50.5 GB}
    destinations:
      - {name: youtube, platform: youtube, key_file: youtube.key, latency: lowest}
      - {name: shop, url: "rtmps://live.example.com/app", key: abc, backup_url: "rtmp://b.example.com/app", enabled: false, delay: 5s, metadata: [amf, sei], parameter_change: reconnect, ca_file: roots.pem}
      - {name: near, platform: twitch, url: "rtmp://near.example.com/app", key: 'k?a=1&b=/x', metadata: sei}
  - {name: second, key: 0123, backup_key_file: youtube.key, watch: false, chat: {host: Lan, blocked_words: [spam, 0123]}, record: tapes}
`

func TestLoadReadsEveryField(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t)
	write(t, dir, "cert.pem", cert)
	write(t, dir, "key.pem", key)
	write(t, dir, "roots.pem", cert)
	write(t, dir, "youtube.key", "\ufeffyt-key\r\n\r\n")
	write(t, dir, "theme.css", "\ufeff:root{}")
	write(t, dir, "offers.yaml", "offers: [{id: jar, title: Jar, price: 1 EUR, url: https://h/}]")
	write(t, dir, "words.txt", "\ufeff# in chats\r\n spam \n\nbuy followers\n#4\n漢字")
	path := write(t, dir, "hawker.yaml", whole)
	in := func(name string) string { return filepath.Join(dir, name) }

	got, err := config.Load(path, options(map[string]string{"HAWKER_KEY": "from-env\n", "DB_PASSWORD": "a%23b"}))
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Stream{
		{Name: "main", Key: secret.New("from-env"), BackupKey: secret.New("spare"), BackupReturn: "manual",
			Takeover: "always", HoldSlate: "none", Hold: 90 * time.Second, Page: mainPage(), Chat: mainChat(in("words.txt")), Record: mainRecord(in("recordings")), Destinations: []config.Destination{
				{Name: "youtube", Platform: "youtube", URL: "rtmps://a.example.com:443/live2",
					BackupURL: "rtmps://b.example.com:443/live2?backup=1", Key: secret.New("yt-key"),
					KeyFile: in("youtube.key"), Enabled: true, Latency: "lowest"},
				{Name: "shop", URL: "rtmps://live.example.com/app", Key: secret.New("abc"),
					BackupURL: "rtmp://b.example.com/app", Delay: 5 * time.Second, Latency: "relaxed", ParameterChange: "reconnect", CAFile: in("roots.pem"), Metadata: []string{"amf", "sei"}},
				{Name: "near", Platform: "twitch", URL: "rtmp://near.example.com/app",
					Key: secret.New("k?a=1&b=/x"), Enabled: true, Latency: "relaxed", Metadata: []string{"sei"}},
			}},
		{Name: "second", Key: secret.New("0123"), BackupKey: secret.New("yt-key"), BackupKeyFile: in("youtube.key"), Hold: config.DefaultHold, StopGrace: config.DefaultStopGrace,
			Chat: &config.Chat{Host: "Lan", BlockedWords: []string{"spam", "0123"}}, Record: &config.Record{Folder: in("tapes")}},
	}
	if !reflect.DeepEqual(got.Streams, want) {
		t.Errorf("streams:\n got %+v\nwant %+v", got.Streams, want)
	}
	rtmps := config.RTMPS{Listen: ":1936", Cert: in("cert.pem"), Key: in("key.pem")}
	if got.Ingest.RTMP != ":1935" || got.Ingest.RTMPS == nil || *got.Ingest.RTMPS != rtmps {
		t.Errorf("ingest = %+v", got.Ingest)
	}
	if got.Admin.Listen != "127.0.0.1:9935" || got.Data != in("lasting") ||
		got.Database.Reveal() != "postgres://hawker:a%23b@db.example.com:5432/hawker?sslmode=require" {
		t.Errorf("admin %v, data %v, database %v", got.Admin, got.Data, got.Database)
	}
	public := config.Public{Listen: ":8935", URL: "https://live.example.com", TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32")}}
	if !reflect.DeepEqual(got.Public, public) {
		t.Errorf("public:\n got %+v\nwant %+v", got.Public, public)
	}
	overlay := config.Overlay{CSS: ":root{}", CSSFile: in("theme.css"), Images: in("pictures"), Attribution: []config.Param{
		{Name: "utm_source", Value: "{destination}"}, {Name: "utm_medium", Value: "live"}, {Name: "utm_campaign", Value: "{stream}-{offer}"}}}
	if !reflect.DeepEqual(got.Overlay, overlay) {
		t.Errorf("overlay:\n got %+v\nwant %+v", got.Overlay, overlay)
	}
	brand := config.Brand{Name: "Lan's Kitchen", Logo: "logo.png", Accent: "#c2410c", Header: "#FFF", Links: []config.Link{
		{Text: "Shop", URL: "https://shop.example.com"}, {Text: "Imprint", URL: "https://shop.example.com/imprint"}}}
	if !reflect.DeepEqual(got.Brand, brand) || got.ChatRetention != 36*time.Hour {
		t.Errorf("chats kept for %v; brand:\n got %+v\nwant %+v", got.ChatRetention, got.Brand, brand)
	}
	if got.OffersFile != in("offers.yaml") || got.Offers == nil || len(got.Offers.Offers) != 1 {
		t.Errorf("offers file %s: %+v", got.OffersFile, got.Offers)
	}
	files := []string{path, in("cert.pem"), in("key.pem"), in("theme.css"), in("words.txt"), in("youtube.key"), in("roots.pem"), in("youtube.key"), in("offers.yaml")}
	if !slices.Equal(got.Files(), files) {
		t.Errorf("files = %v, want %v", got.Files(), files)
	}
}

func mainPage() config.Page {
	return config.Page{Watch: true, Title: "Honey and tea", Description: "Every Friday.\n\nWith Lan.", Lang: "zh-Hant-TW",
		Poster: "https://cdn.example.com/poster.webp", StartsAt: time.Date(2026, 11, 27, 19, 0, 0, 0, time.UTC),
		EmbedOrigins: []string{"https://shop.example.com", "http://localhost:8080"}}
}

func mainChat(words string) *config.Chat {
	return &config.Chat{Slow: 5 * time.Second, Host: "Lan", BlockedWords: []string{"spam", "buy followers", "漢字"}, BlockedWordsFile: words}
}

func mainRecord(folder string) *config.Record {
	return &config.Record{Folder: folder, Format: "flv", SplitSize: 1 << 30, SplitEvery: time.Hour, Keep: 720 * time.Hour, KeepSize: 50_500_000_000}
}

func TestLoadFillsInDefaults(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"nothing given", "streams: []\n"},
		{"fields without values", "ingest:\nadmin:\npublic: {}\nstreams: []\n"},
		{"byte order mark and CRLF", "\ufeff# mine\r\nstreams: []\r\n"},
		{"document marks", "---\nstreams: []\n...\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.Parse([]byte(c.text), "/etc/hawker/hawker.yaml", options(nil))
			if err != nil {
				t.Fatal(err)
			}
			if got.Ingest.RTMP != config.DefaultRTMP || got.Ingest.RTMPS != nil ||
				got.Admin.Listen != config.DefaultAdmin || got.Public.Listen != config.DefaultPublic ||
				got.Data != "/etc/hawker/hawker-data" || got.Overlay.Images != "/etc/hawker/hawker-data/images" ||
				got.Public.URL != "" || !got.Database.Empty() || got.ChatRetention != config.DefaultChatRetention || !reflect.DeepEqual(got.Brand, config.Brand{}) || got.Offers != nil || got.Overlay.Attribution != nil || len(got.Streams) != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestLoadAccepts(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t)
	write(t, dir, "c", cert)
	write(t, dir, "k", key)
	for _, c := range []struct{ name, text string }{
		{"stream without destinations", "streams: [{name: a, key: b}]"},
		{"destinations without a value", "streams: [{name: a, key: b, destinations: }]"},
		{"aliases", "streams:\n- {name: a, key: k1, destinations: &d [{name: x, platform: twitch, key: k}]}\n- {name: b, key: k2, destinations: *d}"},
		{"RTMPS alone", "ingest: {rtmp: \"\", rtmps: {listen: \":1\", cert: c, key: k}}\nstreams: []"},
		{"database alone", "data: \"postgresql://h/db\"\nstreams: []"},
		{"database in the environment", "data: ${DATABASE}\nstreams: []"},
		{"database at a socket", "data: {database: \"postgres:///db?host=/run/postgresql\"}\nstreams: []"},
		{"fields of data without any", "data: {}\nstreams: []"},
		{"no viewers", "public: {listen: \"\"}\nadmin: {listen: \":8935\"}\nstreams: []"},
		{"viewers by address", "public: {url: \"http://[2001:db8::1]:8080\", trusted_proxies: []}\nstreams: []"},
		{"metadata without any", "streams: [{name: a, key: b, destinations: [{name: x, platform: twitch, key: k, metadata: []}, {name: y, platform: twitch, key: k, metadata: }]}]"},
		{"overlay without fields", "overlay:\nstreams: []"},
		{"attribution without any", "overlay: {attribution: {}, images: nowhere-yet}\nstreams: []"},
		{"brand without fields", "brand:\nstreams: []"},
		{"brand of little", "brand: {accent: \"#FFF\", links: []}\nstreams: []"},
		{"longest texts", "brand: {name: " + strings.Repeat("é", 60) + "}\nstreams: [{name: a, key: b, title: " + strings.Repeat("é", 100) + ", description: " + strings.Repeat("é", 1000) + "}]"},
		{"Norwegian", "streams: [{name: a, key: b, lang: no}]"},
		{"lines that end with CR LF", "streams: [{name: a, key: b, description: \"a\\r\\nb\"}]"},
		{"page for all sites", "streams: [{name: a, key: b, embed_origins: [\"*\"]}]"},
		{"start in RFC 3339", "streams: [{name: a, key: b, starts_at: 2020-11-27T20:00:00Z}]"},
		{"reserved name without a page", "streams: [{name: overlay, key: b, watch: false}]"},
		{"reserved name without viewers", "streams: [{name: overlay, key: b}]\npublic: {listen: \"\"}"},
		{"name that begins as a reserved one", "streams: [{name: overlays, key: b}]"},
		{"shortest retention", "chat_retention: 1m\nstreams: []"},
		{"longest retention", "chat_retention: 720h\nstreams: []"},
		{"chat without a value", "streams: [{name: a, key: b, chat: }]"},
		{"chat by a word", "streams: [{name: a, key: b, chat: true}, {name: c, key: d, chat: false}]"},
		{"longest slow mode", "streams: [{name: a, key: b, chat: {slow: 5m, blocked_words: []}}]"},
		{"record without a value", "streams: [{name: a, key: b, record: }]"},
		{"record without ends", "streams: [{name: a, key: b, record: {folder: x, split_size: 0, split_every: 0, keep: 0s, keep_size: 0B}}]"},
		{"record at the limits", "streams: [{name: a, key: b, record: {folder: /x, split_size: 1MB, split_every: 10s, keep: 87600h, keep_size: 1024TiB}}]"},
		{"any port twice", "admin: {listen: \"127.0.0.1:0\"}\npublic: {listen: \"127.0.0.1:0\"}\nstreams: []"},
		{"IPv6 addresses", "admin: {listen: \"[::1]:9935\"}\npublic: {listen: \"[fe80::1%eth0]:80\"}\nstreams: []"},
		{"longest durations", "streams: [{name: a, key: b, hold: 30m, stop_grace: 60s, destinations: [{name: x, platform: twitch, key: k, delay: 10m}]}]"},
		{"zero without a unit", "streams: [{name: a, key: b, hold: 0}]"},
		{"same destination name in two streams", "streams: [{name: a, key: b, destinations: [{name: x, platform: twitch, key: k}]}, {name: c, key: d, destinations: [{name: x, platform: twitch, key: k}]}]"},
		{"key of several variables", "streams: [{name: a, key: \"x${ONE}y${ONE}\"}]"},
		{"folded key", "streams:\n- name: a\n  key: |\n    abc\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, dir, "hawker.yaml", c.text)
			if _, err := config.Load(path, options(map[string]string{"ONE": "1", "DATABASE": "postgres://u:p@h/db\n"})); err != nil {
				t.Error(err)
			}
		})
	}
}

// No parameters are another wish than none given.
func TestAttributionWithoutParameters(t *testing.T) {
	got, err := config.Parse([]byte("overlay: {attribution: {}}\nstreams: []"), "hawker.yaml", options(nil))
	if err != nil || got.Overlay.Attribution == nil || len(got.Overlay.Attribution) != 0 {
		t.Errorf("got %#v, %v", got.Overlay.Attribution, err)
	}
}

func TestWhichStreamsHaveAChat(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, ", chat: ": false, ", chat: false": false, ", chat: {enabled: false, slow: 5s}": false,
		", chat: true": true, ", chat: {}": true, ", chat: {slow: 5s}": true, ", chat: {enabled: true}": true,
	} {
		got, err := config.Parse([]byte("streams: [{name: a, key: k"+text+"}]"), "hawker.yaml", options(nil))
		if err != nil || (got.Streams[0].Chat != nil) != want {
			t.Errorf("%q: chat %v, %v, want %v", text, got.Streams, err, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"500MB": 500_000_000, "1GiB": 1 << 30, "1.5 GiB": 3 << 29, "1.001GB": 1_001_000_000, "1000kB": 1_000_000,
		"1000KB": 1_000_000, "2000KiB": 2_048_000, "1TB": 1e12, "2MiB": 2 << 20, "0.5TiB": 1 << 39, "1000000B": 1_000_000, "0": 0, "0GB": 0,
	} {
		got, err := config.Parse([]byte("streams: [{name: a, key: k, record: {folder: x, split_size: "+text+"}}]"), "hawker.yaml", options(nil))
		if err != nil || got.Streams[0].Record.SplitSize != want {
			t.Errorf("%s: %+v, %v, want %d", text, got.Streams, err, want)
		}
	}
}

func TestLoadOfAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	c, err := config.Load(path, config.Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("err = %v", err)
	}
	if !slices.Equal(c.Files(), []string{path}) {
		t.Errorf("files = %v", c.Files())
	}
}

func TestFailedLoadStillTellsFiles(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "hawker.yaml", "streams: [{name: a, key_file: later.key}]")
	c, err := config.Load(path, options(nil))
	if err == nil || len(c.Streams) != 0 {
		t.Fatalf("got %+v, %v", c, err)
	}
	if want := []string{path, filepath.Join(dir, "later.key")}; !slices.Equal(c.Files(), want) {
		t.Errorf("files = %v, want %v", c.Files(), want)
	}
}

// With a mistake elsewhere, a server that runs can still be found.
func TestMistakesLeaveTheServerReachable(t *testing.T) {
	for text, want := range map[string][2]string{
		`{admin: {listen: "127.0.0.1:7"}, data: /d, streams: [{name: "?"}]}`: {"127.0.0.1:7", "/d"},
		`{streams: [{name: "?"}]}`:                              {config.DefaultAdmin, "/conf/hawker-data"},
		`{admin: {listen: "127.0.0.1"}, data: /d, streams: []}`: {"", ""},
		`{admin: {lisen: "127.0.0.1:7"}, streams: []}`:          {"", ""},
		`{data: "mysql://a", streams: []}`:                      {"", ""},
		`nonsense`:                                              {"", ""},
	} {
		c, err := config.Parse([]byte(text), "/conf/hawker.yaml", config.Options{})
		if err == nil || c.Admin.Listen != want[0] || c.Data != want[1] || len(c.Streams) > 0 {
			t.Errorf("%s: %q, %q, %v; want %q", text, c.Admin.Listen, c.Data, err, want)
		}
	}
}
