package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
)

var update = flag.Bool("update", false, "write what the edits give to testdata/edit")

// edits are what the golden files apply to their text: a file's first line
// names one of them.
var edits = map[string]func(*config.Doc) error{
	"add destination": func(d *config.Doc) error {
		return d.AddDestination("main", config.Dest{Name: "new", Platform: "twitch", Key: secret.New("abc")})
	},
	"add full destination": func(d *config.Doc) error {
		return d.AddDestination("main", config.Dest{Name: "123", URL: "rtmps://h.example.com:443/live2?backup=1",
			Key: secret.New(`a"b\c?s_bl=1&x=é#,{}`), Disabled: true, Delay: 90 * time.Second})
	},
	"remove destination": func(d *config.Doc) error { return d.RemoveDestination("main", "old") },
	"disable":            func(d *config.Doc) error { return d.SetDestinationEnabled("main", "old", false) },
	"enable":             func(d *config.Doc) error { return d.SetDestinationEnabled("main", "old", true) },
	"add stream":         func(d *config.Doc) error { return d.AddStream("new", secret.New("${NEW_KEY}")) },
	"remove stream":      func(d *config.Doc) error { return d.RemoveStream("main") },
	"set key":            func(d *config.Doc) error { return d.SetStreamKey("main", secret.New("fresh: key"[:5])) },
	"set backup key":     func(d *config.Doc) error { return d.SetBackupKey("main", secret.New("spare")) },
	"several": func(d *config.Doc) error {
		return errors.Join(
			d.AddStream("two", secret.New("k2")),
			d.AddDestination("two", config.Dest{Name: "a", Platform: "twitch", Key: secret.New("k")}),
			d.AddDestination("two", config.Dest{Name: "b", Platform: "youtube", Key: secret.New("k")}),
			d.RemoveDestination("two", "a"),
			d.SetDestinationEnabled("two", "b", false),
			d.SetDestinationEnabled("two", "b", true),
			d.SetStreamKey("two", secret.New("k3")),
			d.RemoveStream("main"),
		)
	},
}

// Edits take the files that the configuration names into account, and need no
// environment for a database.
func TestEditOfAShop(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "theme.css", "a{}")
	write(t, dir, "offers.yaml", evening)
	before := `# shop
public: {listen: ":8935", url: "https://live.example.com"} # viewers
data: {folder: lasting, database: "${NOT_SET}"} # records
offers_file: offers.yaml # what is sold
overlay: # looks
  css: theme.css
  attribution: # of links
    utm_source: "{destination}" # where they came from
streams:
  - name: main # the show
    key: k
    destinations:
      - {name: old, platform: twitch, key: l, metadata: [amf, sei]} # with cues
`
	path := write(t, dir, "hawker.yaml", before)
	if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != before+"      - {name: new, platform: twitch, key: abc}\n" {
		t.Errorf("got\n%s", got)
	}
	err := config.Edit(path, options(nil), edits["remove stream"])
	if err == nil || !strings.Contains(err.Error(), "offers.yaml:3:13: shows[0].stream: there is no stream \"main\"") {
		t.Errorf("the stream of a show was removed: %v", err)
	}
}

// Each file in testdata/edit holds the name of an edit, a text, a line of ====
// and the text after the edit, which must differ in the edited lines alone.
func TestEditLeavesTheRestAsItWas(t *testing.T) {
	files, err := filepath.Glob("testdata/edit/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	const divider = "====\n"
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			name, rest, _ := strings.Cut(read(t, file), "\n")
			before, want, _ := strings.Cut(rest, divider)
			path := write(t, t.TempDir(), "hawker.yaml", before)
			if edits[name] == nil {
				t.Fatalf("no edit %q", name)
			}
			if err := config.Edit(path, options(nil), edits[name]); err != nil {
				t.Fatal(err)
			}
			got := read(t, path)
			if *update {
				if err := os.WriteFile(file, []byte(name+"\n"+before+divider+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("after %q:\n%s\nwant:\n%s", name, got, want)
			}
		})
	}
}

func TestEditKeepsLineEnds(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"CRLF", "streams:\r\n  - name: main\r\n    key: k\r\n    destinations: [] # none\r\n",
			"streams:\r\n  - name: main\r\n    key: k\r\n    destinations: # none\r\n      - {name: new, platform: twitch, key: abc}\r\n"},
		{"no line end at the end", "streams:\n- name: main\n  key: k",
			"streams:\n- name: main\n  key: k\n  destinations:\n  - {name: new, platform: twitch, key: abc}\n"},
		{"byte order mark", "\ufeffstreams: [{name: main, key: k}]",
			"\ufeffstreams: [{name: main, key: k, destinations: [{name: new, platform: twitch, key: abc}]}]"},
		{"letters beyond ASCII", "streams: [{name: main, \"key\": \"é€😀\"}]",
			"streams: [{name: main, \"key\": \"é€😀\", destinations: [{name: new, platform: twitch, key: abc}]}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, t.TempDir(), "hawker.yaml", c.before)
			if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
				t.Fatal(err)
			}
			if got := read(t, path); got != c.after {
				t.Errorf("got  %q\nwant %q", got, c.after)
			}
		})
	}
}

func TestRefusedEditsChangeNothing(t *testing.T) {
	plain := "streams:\n  - name: main\n    key: k\n    destinations:\n      - {name: old, platform: twitch, key: " + canary + "}\n"
	for _, c := range []struct{ name, text, want string }{
		{"add destination that exists", strings.ReplaceAll(plain, "old", "new"), "stream main has a destination new already"},
		{"remove destination that is not there", strings.ReplaceAll(plain, "old", "other"), "stream main has no destination old: it has other"},
		{"remove stream that is not there", strings.ReplaceAll(plain, "main", "show"), "the file has no stream main: it has show"},
		{"add stream with a key in use", strings.ReplaceAll(plain, "key: k\n", "key: value-of-NEW_KEY\n"), "it would not be valid"},
		{"set key of a key file", strings.ReplaceAll(plain, "key: k\n", "key_file: hawker.yaml\n"), "it is in its key_file"},
		{"set key of a variable", strings.ReplaceAll(plain, "key: k\n", "key: ${K}\n"), "it is in an environment variable"},
		{"add destination to a file that is not valid", plain + "colour: red\n", "unknown field"},
		{"add destination between other line ends", "#\rstreams:\r- name: main\r  key: k\n", "edit it by hand"},
		{"add destination to a file that is not YAML", plain + "\t", "not valid YAML"},
		{"add destination to shared ones", "streams:\n- {name: x, key: l, destinations: &d []}\n- {name: main, key: k, destinations: *d}\n", "edit it by hand"},
		{"remove destination that others name", "streams:\n- {name: main, key: k, destinations: [&o {name: old, platform: twitch, key: l}, &p {name: p, platform: twitch, key: l}]}\n- {name: x, key: z, destinations: [*o]}\n", "edit it by hand"},
		{"remove destination whose anchor is given twice", "streams:\n- {name: x, key: y, destinations: [&o {name: x, platform: twitch, key: l}]}\n- {name: main, key: k, destinations: [&o {name: old, platform: twitch, key: l}]}\n- {name: z, key: z1, destinations: [*o]}\n", "edit it by hand"},
		{"disable destination shared by alias", "streams:\n- {name: x, key: z, destinations: [&o {name: old, platform: twitch, key: l}]}\n- {name: main, key: k, destinations: [*o]}\n", "edit it by hand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			edit := ""
			for name := range edits {
				if strings.HasPrefix(c.name, name) && len(name) > len(edit) {
					edit = name
				}
			}
			dir := t.TempDir()
			path := write(t, dir, "hawker.yaml", c.text)
			err := config.Edit(path, options(nil), edits[edit])
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) {
				t.Errorf("err = %v, want %s", err, c.want)
			}
			if read(t, path) != c.text {
				t.Errorf("the file was changed:\n%s", read(t, path))
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("files were left behind: %v", entries)
			}
		})
	}
}

func TestKeyElsewhereIsToldApart(t *testing.T) {
	path := write(t, t.TempDir(), "hawker.yaml", "streams: [{name: main, key: \"${K}\"}]\n")
	if err := config.Edit(path, options(nil), edits["set key"]); !errors.Is(err, config.ErrKeyElsewhere) {
		t.Errorf("err = %v", err)
	}
}

func TestInvalidEditsChangeNothing(t *testing.T) {
	const text = "streams:\n- name: main\n  key: k\n"
	add := func(dest config.Dest) func(*config.Doc) error {
		return func(d *config.Doc) error { return d.AddDestination("main", dest) }
	}
	for _, c := range []struct {
		name   string
		change func(*config.Doc) error
		want   string
	}{
		{"no url", add(config.Dest{Name: "x", Key: secret.New("k")}), "url: is missing"},
		{"no key", add(config.Dest{Name: "x", Platform: "twitch"}), "key: is missing"},
		{"bad name", add(config.Dest{Name: "my shop", Platform: "twitch", Key: secret.New("k")}), "name: must be"},
		{"name with line breaks", add(config.Dest{Name: "x\n- a: b", Platform: "twitch", Key: secret.New("k")}), "name: must be"},
		{"key not UTF-8", add(config.Dest{Name: "x", Platform: "twitch", Key: secret.New("k\xff")}), "UTF-8"},
		{"empty stream key", func(d *config.Doc) error { return d.SetStreamKey("main", secret.Secret{}) }, "key: the key is empty"},
		{"reserved name", func(d *config.Doc) error { return d.AddStream("overlay", secret.New("y")) }, "name: no watch page can have this name"},
		{"change that fails", func(d *config.Doc) error {
			return errors.Join(d.AddStream("x", secret.New("y")), errors.New("second thoughts"))
		}, "second thoughts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, t.TempDir(), "hawker.yaml", text)
			err := config.Edit(path, options(nil), c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v, want %s", err, c.want)
			}
			if read(t, path) != text {
				t.Error("the file was changed")
			}
		})
	}
}
