package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
)

func brand(fields string) string { return "brand: {" + fields + "}\nstreams: []\n" }

func TestLoadErrorsAboutPages(t *testing.T) {
	long := strings.Repeat("é", 1001)
	for _, c := range []struct{ name, text, want string }{
		{"brand of a word", "brand: Lan\nstreams: []\n", "1:8: brand: must hold fields"},
		{"brand, unknown field", brand("colour: red"), `1:9: brand: unknown field "colour"; known here: accent, header, links, logo, name`},
		{"brand name empty", brand(`name: ""`), "1:15: brand.name: is empty"},
		{"brand name too long", brand("name: " + long[:122]), "brand.name: is longer than 60 characters"},
		{"brand name over lines", brand(`name: "a\nb"`), "brand.name: has a line break"},
		{"logo in a folder", brand("logo: ./logo.png"), "brand.logo: must be the name of a file in the folder for images"},
		{"logo that may run", brand("logo: logo.svg"), "brand.logo: must end with one of .jpg"},
		{"logo by http", brand(`logo: "http://h/logo.png"`), "brand.logo: must begin with https://"},
		{"colour without quotes", "brand:\n  accent: #c2410c\nstreams: []\n", "2:10: brand.accent: has no value (a text that begins with # or ! needs quotes)"},
		{"colour by name", brand("accent: red"), `1:17: brand.accent: must be a colour, # and 6 or 3 of 0-9 and a-f, in quotes: write "#c2410c"`},
		{"colour of four", brand(`header: "#c241"`), "brand.header: must be a colour"},
		{"colour and more", brand(`header: "#fff;}"`), "brand.header: must be a colour"},
		{"link without text", brand(`links: [{url: "https://h"}]`), "1:17: brand.links[0].text: is missing: write text: Shop"},
		{"link without url", brand(`links: [{text: Shop}]`), "brand.links[0].url: is missing: write url: https://..."},
		{"link that runs", brand(`links: [{text: Shop, url: "javascript:alert(1)"}]`), "brand.links[0].url: must begin with https:// or http://"},
		{"link with a long text", brand(`links: [{text: ` + long[:82] + `, url: "https://h"}]`), "brand.links[0].text: is longer than 40 characters"},
		{"links too many", brand("links: [" + strings.Repeat(`{text: a, url: "https://h"},`, 13) + "]"), "1:16: brand.links: has more than 12 entries"},

		{"title too long", stream("key: k, title: " + long[:202]), "2:31: streams[0].title: is longer than 100 characters"},
		{"title over lines", stream(`key: k, title: "a\nb"`), "streams[0].title: has a line break"},
		{"description too long", stream("key: k, description: " + long), "streams[0].description: is longer than 1000 characters"},
		{"description with a bell", stream(`key: k, description: "a\ab"`), "streams[0].description: has a control character within"},
		{"description of blanks", stream(`key: k, description: " \n"`), "streams[0].description: is empty"},
		{"language by its name", stream("key: k, lang: Deutsch"), "2:30: streams[0].lang: must be the short name of a language, such as de, pt-BR or zh-Hant"},
		{"language of a locale", stream("key: k, lang: pt_BR"), "streams[0].lang: must be the short name of a language"},
		{"language and more", stream(`key: k, lang: "de\" id=\"x"`), "streams[0].lang: must be the short name of a language"},
		{"poster with a query", stream(`key: k, poster: "a.png?b"`), "streams[0].poster: has a sign that needs disguise"},
		{"start without zone", stream("key: k, starts_at: 2026-11-27 20:00"), `2:35: streams[0].starts_at: does not say in which time zone: end with the offset from UTC, as "2026-11-27 20:00+01:00"`},
		{"start of words", stream("key: k, starts_at: tonight"), `streams[0].starts_at: must be a day and a time with the offset from UTC, such as "2026-11-27 20:00:00+01:00"`},
		{"start from now", stream("key: k, starts_at: +2h"), "streams[0].starts_at: must be a day and a time"},
		{"watch maybe", stream("key: k, watch: maybe"), "streams[0].watch: must be true or false"},
		{"origins no list", stream(`key: k, embed_origins: "https://h"`), "streams[0].embed_origins: must be a list"},
		{"origin without scheme", stream("key: k, embed_origins: [h.example]"), "2:40: streams[0].embed_origins[0]: must begin with https:// or http://, as https://shop.example.com"},
		{"origin with a path", stream(`key: k, embed_origins: ["https://h/a"]`), "streams[0].embed_origins[0]: must end with the host: write https://shop.example.com"},
		{"origin with a query", stream(`key: k, embed_origins: ["https://h?a"]`), "streams[0].embed_origins[0]: must end with the host"},
		{"origin that is two", stream(`key: k, embed_origins: ["https://h;b"]`), "streams[0].embed_origins[0]: has a host that is neither"},
		{"origin with a quote", stream(`key: k, embed_origins: ["https://h'b"]`), "streams[0].embed_origins[0]: has a host that is neither"},
		{"origin of many", stream(`key: k, embed_origins: ["https://*.example.com"]`), `streams[0].embed_origins[0]: has a * within: name each site, such as https://shop.example.com, or write "*" for all`},
		{"origin of all, and one", stream(`key: k, embed_origins: ["https://h", "*"]`), `2:53: streams[0].embed_origins[1]: "*" is all sites: leave the others out, or it`},
		{"one, and all", stream(`key: k, embed_origins: ["*", "https://h"]`), `streams[0].embed_origins[1]: "*" is all sites`},
		{"origin twice", stream(`key: k, embed_origins: ["https://h", "https://H/"]`), "streams[0].embed_origins[1]: is given already"},
		{"origins too many", stream("key: k, embed_origins: [" + strings.Repeat("a,", 51) + "]"), "streams[0].embed_origins: has more than 50 entries"},

		{"reserved name", "streams: [{name: overlay, key: k}]\n", "1:18: streams[0].name: no watch page can have this name, since other addresses begin with it: choose another, or write watch: false"},
		{"reserved name in capitals", "streams: [{name: API, key: k}]\n", "streams[0].name: no watch page can have this name"},
		{"reserved name before public", "streams: [{name: o, key: k}]\npublic: {listen: \":8080\"}\n", "streams[0].name: no watch page can have this name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loadFails(t, t.TempDir(), c.text, c.want)
		})
	}
}

func TestLoadErrorsAboutChats(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "latin1.txt", "caf\xe9")
	write(t, dir, "large.txt", strings.Repeat("x", 2<<20))
	write(t, dir, "many.txt", strings.Repeat("a\n\n", 1001))
	write(t, dir, "wrong.txt", "# "+canary+"\nspam\n***\r\n"+strings.Repeat("é", 51)+"\na\u2028b\n")
	for _, c := range []struct{ name, text, want string }{
		{"retention none", "chat_retention: 0s\nstreams: []\n", "1:17: chat_retention: must be between 1m and 720h"},
		{"retention too long", "chat_retention: 721h\nstreams: []\n", "chat_retention: must be between 1m and 720h"},
		{"retention without unit", "chat_retention: 24\nstreams: []\n", "chat_retention: needs a unit"},
		{"chat of a word", stream("key: k, chat: open"), "2:30: streams[0].chat: must be true or false"},
		{"chat of a list", stream("key: k, chat: [true]"), "streams[0].chat: must hold fields, such as blocked_words: ..."},
		{"chat, unknown field", stream("key: k, chat: {slwo: 5s}"), `2:31: streams[0].chat: unknown field "slwo": did you mean slow?`},
		{"wrong though it is off", stream("key: k, chat: {enabled: false, slow: 6m}"), "streams[0].chat.slow: must be between 0s and 5m"},
		{"slow without unit", stream("key: k, chat: {slow: 5}"), "streams[0].chat.slow: needs a unit"},
		{"slow in part", stream("key: k, chat: {slow: 1500ms}"), "streams[0].chat.slow: must be whole seconds, such as 5s"},
		{"host too long", stream("key: k, chat: {host: " + strings.Repeat("é", 25) + "}"), "streams[0].chat.host: is longer than 24 characters"},
		{"host with an invisible character", stream("key: k, chat: {host: \"L\\u200ban\"}"), "streams[0].chat.host: has an invisible character within"},
		{"host that a chat does not take", stream("key: k, chat: {host: system}"), "2:37: streams[0].chat.host: cannot be a name in a chat: it has an office"},
		{"word without a letter", stream("key: k, chat: {blocked_words: [spam, \"!!\"]}"), "2:53: streams[0].chat.blocked_words[1]: has no letter or digit"},
		{"word too long", stream("key: k, chat: {blocked_words: [" + strings.Repeat("é", 51) + "]}"), "streams[0].chat.blocked_words[0]: is longer than 50 characters"},
		{"words too many", stream("key: k, chat: {blocked_words: [" + strings.Repeat("a,", 1001) + "]}"), "streams[0].chat.blocked_words: has more than 1000 entries"},
		{"words twice", stream("key: k, chat: {blocked_words: [a], blocked_words_file: no.txt}"), "streams[0].chat.blocked_words_file: blocked_words and blocked_words_file are both given: keep one"},
		{"words file missing", stream("key: k, chat: {blocked_words_file: " + canary + "}"), "2:51: streams[0].chat.blocked_words_file: there is no such file"},
		{"words file too large", stream("key: k, chat: {blocked_words_file: large.txt}"), "streams[0].chat.blocked_words_file: the file is too large"},
		{"words file in Latin 1", stream("key: k, chat: {blocked_words_file: latin1.txt}"), "streams[0].chat.blocked_words_file: the file is not text in UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loadFails(t, dir, c.text, c.want)
		})
	}
	for _, c := range []struct {
		file string
		want []string
	}{
		{"many.txt", []string{":2001:1: has more than 1000 words"}},
		{"wrong.txt", []string{":3:1: the word has no letter or digit", ":4:1: the word is longer than 50 characters", ":5:1: the word has a line break"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			text := "streams:\n- {name: a, key: k, chat: {blocked_words_file: " + c.file + "}}\n- {name: b, key: l, chat: {blocked_words_file: " + c.file + "}}\n"
			got, err := config.Load(write(t, dir, "hawker.yaml", text), options(nil))
			var errs config.Errors
			if !errors.As(err, &errs) || len(errs) != len(c.want) || strings.Contains(err.Error(), canary) {
				t.Fatalf("got %v", err)
			}
			for i, want := range c.want {
				if want = filepath.Join(dir, c.file) + want; !strings.HasPrefix(errs[i].Error(), want) {
					t.Errorf("got %v, want %s", errs[i], want)
				}
			}
			if files := got.Files(); len(files) != 2 || files[1] != filepath.Join(dir, c.file) {
				t.Errorf("files = %v", files)
			}
		})
	}
}

func TestLoadErrorsAboutRecordings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "")
	record := func(fields string) string { return stream("key: k, record: {folder: tapes, " + fields + "}") }
	for _, c := range []struct{ name, text, want string }{
		{"record true", stream("key: k, record: true"), "2:32: streams[0].record: must be a folder, such as ./recordings; without the field nothing is recorded"},
		{"record into a URL", stream("key: k, record: \"s3://" + canary + "\""), "streams[0].record: is a URL"},
		{"record into nothing", stream("key: k, record: \"\""), "streams[0].record: must name a file or folder"},
		{"record into a file", stream("key: k, record: file"), "streams[0].record: is not a folder"},
		{"record into a file, as a field", stream("key: k, record: {folder: file}"), "2:41: streams[0].record.folder: is not a folder"},
		{"record of a list", stream("key: k, record: [tapes]"), "streams[0].record: must hold fields, such as folder: ..."},
		{"folder missing", stream("key: k, record: {format: mp4}"), "2:32: streams[0].record.folder: is missing: write folder: ./recordings"},
		{"unknown field", record("kep: 1h"), `streams[0].record: unknown field "kep": did you mean keep?`},
		{"format unknown", record("format: mkv"), "streams[0].record.format: must be one of mp4, flv"},
		{"size without unit", record("split_size: 1000000000"), "2:60: streams[0].record.split_size: needs a unit: write 500MB or 1GiB"},
		{"size in bits", record("split_size: 500Mb"), "streams[0].record.split_size: has a unit that is none of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB"},
		{"size of words", record("split_size: large"), "streams[0].record.split_size: is not a size"},
		{"size below zero", record("split_size: -1GB"), "streams[0].record.split_size: is not a size"},
		{"size too small", record("split_size: 999999B"), "streams[0].record.split_size: must be between 1MB and 1024TiB, or 0 to split by time alone"},
		{"size too large", record("keep_size: 1025TiB"), "streams[0].record.keep_size: must be between 1MB and 1024TiB, or 0 to keep all"},
		{"size beyond all numbers", record("keep_size: 999999999999999999TiB"), "streams[0].record.keep_size: must be between"},
		{"size that is 0 modulo 2^64", record("keep_size: 16777216TiB"), "streams[0].record.keep_size: must be between"},
		{"size of too many digits", record("keep_size: 9999999999999999999B"), "streams[0].record.keep_size: is not a size"},
		{"split too short", record("split_every: 9s"), "streams[0].record.split_every: must be between 10s and 24h, or 0s to split by size alone"},
		{"split too long", record("split_every: 25h"), "streams[0].record.split_every: must be between 10s and 24h"},
		{"split below zero", record("split_every: -1h"), "streams[0].record.split_every: must be between 10s and 24h"},
		{"kept too short", record("keep: 59m"), "streams[0].record.keep: must be between 1h and 87600h, or 0s to keep all"},
		{"kept for days", record("keep: 30d"), "streams[0].record.keep: is not a duration"},
		{"kept shorter than a file", record("split_every: 2h, keep: 1h"), "2:71: streams[0].record.keep: is less than split_every"},
		{"kept smaller than a file", record("keep_size: 500MB, split_size: 1GiB"), "2:59: streams[0].record.keep_size: is less than split_size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loadFails(t, dir, c.text, c.want)
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "tapes")); err == nil {
		t.Error("a check made the folder")
	}
}
