package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
)

const canary = "sk-canary-4711"

// stream and dest put a piece into an otherwise valid file.
func stream(fields string) string { return "streams:\n- {name: main, " + fields + "}\n" }

func dest(fields string) string {
	return "streams:\n- name: main\n  key: k\n  destinations:\n  - {name: d, " + fields + "}\n"
}

const inDest = "streams[0].destinations[0]"

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "two.key", canary+"\n"+canary)
	write(t, dir, "blank.key", " \r\n")
	write(t, dir, "junk.pem", canary)
	write(t, dir, "large.key", strings.Repeat("x", 2<<20))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty file", "", "1:1: the file is empty"},
		{"comments only", "# nothing\n\n", "1:1: the file is empty"},
		{"null", "~", "1:1: the file is empty"},
		{"not a mapping", "- a\n", "1:1: must hold fields"},
		{"streams missing", "data: x\n", "1:1: streams is missing"},
		{"half written: streams", "admin: {listen: \":1\"}\nstreams:\n", "2:9: streams: has no value"},
		{"half written: quote", "streams:\n- {name: main, key: \"" + canary, "not valid YAML"},
		{"half written: flow", "streams: [{name: main", "not valid YAML"},
		{"two documents", "streams: []\n---\nstreams: []\n", "2:1: a second document"},
		{"tab", "streams:\n\t- name: a\n", "2:1: not valid YAML"},
		{"control characters", "streams: []\n\x00\x00", "not valid YAML: control characters"},
		{"not UTF-8", "streams: []\n# \xff\n", "not valid YAML"},
		{"unknown anchor", "streams:\n- {name: a, key: *" + canary + "}\n", "2:1: an alias (*) names no anchor"},
		{"variable in flow without quotes", "streams:\n- {name: a, key: ${X}}\n", `2:1: not valid YAML: within {...}, ${NAME} needs quotes: key: "${NAME}"`},
		{"bad line among good ones", "data: x\nstreams:\n- name: a\n  key: k\n   hold: 5s\n- {name: b, key: l}\n", "5:1: not valid YAML"},
		{"flow never closed", "data: x\nstreams: [\n  {name: a, key: k},\n  {name: b, key: l},\n", "2:1: not valid YAML"},
		{"merge key", "streams:\n- {<<: {name: a}, key: k}\n", "2:4: streams[0]: merge keys (<<) are not supported"},
		{"field that is a list", "streams: []\n? [a]\n: b\n", "2:3: a field's name must be a word"},

		{"unknown field", dest("platform: twitch, key: k, enabeld: true"), "5:41: " + inDest + `: unknown field "enabeld": did you mean enabled?`},
		{"unknown field, plural", stream("key: k, destination: []"), `: unknown field "destination": did you mean destinations?`},
		{"unknown field, unlike any", "streams: []\nzebra: 1\n", `2:1: unknown field "zebra"; known here: admin, brand, chat_retention, data, ingest, offers_file, overlay, public, streams`},
		{"unknown field that is a key", stream("key: k, " + canary), "streams[0]: unknown field; known here"},
		{"field twice", "data: a\nstreams: []\ndata: b\n", "3:1: data: given twice: it is on line 1 already"},
		{"list wanted", "streams: {name: a}\n", "1:10: streams: must be a list"},
		{"fields wanted", "streams: [main]\n", "1:11: streams[0]: must hold fields"},
		{"entry without value", "streams:\n-\n", "streams[0]: has no value"},
		{"value wanted", stream("key: [" + canary + "]"), "streams[0].key: must be a single value"},
		{"no value", "data:\nstreams: []\n", "1:6: data: has no value"},
		{"tag", "data: !x y\nstreams: []\n", "data: YAML tags are not used here"},
		{"empty path", "data: \"\"\nstreams: []\n", "data: must name a file or folder"},
		{"bool", dest("platform: twitch, key: k, enabled: yes"), inDest + ".enabled: must be true or false"},
		{"variable elsewhere", "data: ${HOME}/x\nstreams: []\n", "1:7: data: ${NAME} is replaced in keys and in the URL of a database only"},

		{"backup key that is the key", stream("key: " + canary + ", backup_key: " + canary), "streams[0].backup_key: is the key of streams[0] already"},
		{"backup key of another", "streams:\n- {name: a, key: k, backup_key: b}\n- {name: b1, key: b}\n", "3:19: streams[1].key: is the key of streams[0] too"},
		{"backup key twice", stream("key: k, backup_key: b, backup_key_file: two.key"), "backup_key and backup_key_file are both given"},
		{"backup key as the name", stream("key: k, backup_key: Main"), "streams[0].name: is the same as the backup key"},
		{"unknown word", stream("key: k, takeover: sometimes"), "2:34: streams[0].takeover: must be one of if_silent, always, never"},
		{"unknown slate", stream("key: k, hold_slate: [x]"), "streams[0].hold_slate: must be a single value"},
		{"backup URL", dest("platform: twitch, key: k, backup_url: http://x/app"), inDest + ".backup_url: must begin with rtmp:// or rtmps://"},
		{"backup URL with key", dest("url: rtmp://h/app, key: " + canary + ", backup_url: rtmp://h/app/" + canary), inDest + ".backup_url: ends with the key"},

		{"duration without unit", stream("key: k, hold: 60"), "streams[0].hold: needs a unit: write 10s"},
		{"duration of words", stream("key: k, hold: a minute"), "streams[0].hold: is not a duration"},
		{"hold too long", stream("key: k, hold: 31m"), "streams[0].hold: must be between 0s and 30m"},
		{"hold negative", stream("key: k, hold: -1s"), "streams[0].hold: must be between 0s and 30m"},
		{"stop_grace too long", stream("key: k, stop_grace: 61s"), "streams[0].stop_grace: must be between 0s and 1m"},
		{"delay too long", dest("platform: twitch, key: k, delay: 10m1s"), inDest + ".delay: must be between 0s and 10m"},

		{"port alone", "ingest: {rtmp: 1935}\nstreams: []\n", `1:16: ingest.rtmp: needs a colon before the port: write ":1935"`},
		{"port too large", "ingest: {rtmp: \":65536\"}\nstreams: []\n", "ingest.rtmp: must be HOST:PORT"},
		{"port by name", "ingest: {rtmp: \":http\"}\nstreams: []\n", "ingest.rtmp: must be HOST:PORT"},
		{"URL to listen on", "admin: {listen: \"http://x\"}\nstreams: []\n", "admin.listen: must be HOST:PORT"},
		{"odd host to listen on", "admin: {listen: \"a b:1\"}\nstreams: []\n", "admin.listen: must be HOST:PORT"},
		{"empty listen address", "admin: {listen: \"\"}\nstreams: []\n", "admin.listen: must be HOST:PORT"},
		{"address taken", "admin: {listen: \":1\"}\npublic: {listen: \":1\"}\nstreams: []\n", "2:18: public.listen: is the address of admin.listen already"},
		{"no ingest", "ingest: {rtmp: \"\"}\nstreams: []\n", "1:16: ingest.rtmp: is off and there is no rtmps"},
		{"rtmps without all", "ingest: {rtmps: {}}\nstreams: []\n", "1:17: ingest.rtmps.cert: is missing: write cert: cert.pem"},
		{"certificate missing", "ingest: {rtmps: {listen: \":1\", cert: no.pem, key: junk.pem}}\nstreams: []\n", "ingest.rtmps.cert: there is no such file (a relative path starts at the folder " + dir},
		{"certificate is junk", "ingest: {rtmps: {listen: \":1\", cert: junk.pem, key: junk.pem}}\nstreams: []\n", "ingest.rtmps.cert: cert and key are not a certificate"},

		{"name missing", "streams:\n- {key: k}\n", "2:3: streams[0].name: is missing"},
		{"name with a space", "streams:\n- {name: my show, key: k}\n", "2:10: streams[0].name: must be 1 to 64 letters"},
		{"name too long", "streams:\n- {name: " + strings.Repeat("n", 65) + ", key: k}\n", "streams[0].name: must be 1 to 64 letters"},
		{"name is the key", "streams:\n- {name: " + canary + ", key: " + canary + "}\n", "streams[0].name: is the same as the key"},
		{"stream names equal", "streams:\n- {name: a, key: k}\n- {name: a, key: l}\n", "3:10: streams[1].name: a is used on line 2 already"},
		{"destination names equal", "streams:\n- name: a\n  key: k\n  destinations:\n  - {name: x, platform: twitch, key: k}\n  - {name: x, platform: twitch, key: k}\n", "6:12: streams[0].destinations[1].name: x is used on line 5 already"},
		{"stream keys equal", "streams:\n- {name: a, key: " + canary + "}\n- {name: b, key: " + canary + "}\n", "3:18: streams[1].key: is the key of streams[0] too"},

		{"key missing", "streams:\n- {name: a}\n", "2:3: streams[0].key: is missing: write key: KEY, key: ${NAME}"},
		{"key empty", stream(`key: ""`), "streams[0].key: the key is empty"},
		{"key null", stream(`key: `), "streams[0].key: has no value"},
		{"key and key_file", stream("key: k, key_file: two.key"), "streams[0].key_file: key and key_file are both given"},
		{"key with a space", stream(`key: "` + canary + ` ` + canary + `"`), "streams[0].key: the key has a space or line break within"},
		{"key with an invisible character", stream("key: \"" + canary + "\\u200b1\""), "streams[0].key: the key has an invisible character"},
		{"key too long", stream("key: " + strings.Repeat("k", 5000)), "streams[0].key: the key is longer than 4096 bytes"},
		{"key is a URL", stream("key: \"rtmp://h/app/" + canary + "\""), "streams[0].key: the key is a URL"},
		{"variable not set", stream(`key: "${NOT_THERE}"`), "streams[0].key: environment variable NOT_THERE is not set"},
		{"variable empty", stream(`key: "${BLANK}"`), "streams[0].key: environment variable BLANK is empty"},
		{"variable with a line break", stream(`key: "${TWO}"`), "streams[0].key: the key has a space or line break within"},
		{"variable misspelt", stream("key: \"${" + canary + "\""), "streams[0].key: ${ must begin ${NAME}"},
		{"key file missing", stream("key_file: " + canary), "streams[0].key_file: there is no such file"},
		{"key file of two lines", stream("key_file: two.key"), "streams[0].key_file: the key in the file has a space or line break within"},
		{"key file blank", stream("key_file: blank.key"), "streams[0].key_file: the key in the file is empty"},
		{"key file is a folder", stream("key_file: folder"), "streams[0].key_file: is not a file"},
		{"key file too large", stream("key_file: large.key"), "streams[0].key_file: the file is too large"},
		{"ca_file missing", dest("platform: twitch, key: k, ca_file: no.pem"), inDest + ".ca_file: there is no such file"},
		{"ca_file is junk", dest("platform: twitch, key: k, ca_file: junk.pem"), inDest + ".ca_file: the file holds no certificate"},

		{"no server", dest("key: k"), "5:5: " + inDest + ".url: is missing: write url: rtmp://HOST/APP, or platform: and one of youtube, twitch, kick"},
		{"unknown platform", dest("platform: twich, key: k"), inDest + `.platform: unknown platform "twich": did you mean twitch?`},
		{"platform that needs a url", dest("platform: kick, key: k"), inDest + ".url: is missing: kick gives each streamer a server of their own. Find it in Kick's dashboard."},
		{"http", dest("url: \"http://h/" + canary + "\", key: k"), inDest + ".url: must begin with rtmp://"},
		{"no scheme", dest("url: h/" + canary + ", key: k"), inDest + ".url: must begin with rtmp://"},
		{"no host", dest("url: \"rtmp:///" + canary + "\", key: k"), inDest + ".url: has no host"},
		{"no app", dest("url: \"rtmp://h/\", key: k"), inDest + ".url: has no app after the host"},
		{"bad port", dest("url: \"rtmp://h:70000/a\", key: k"), inDest + ".url: has a port that is not"},
		{"key as port", dest("url: \"rtmp://h:" + canary + "/a\", key: k"), inDest + ".url: is not a URL"},
		{"user", dest("url: \"rtmp://u:" + canary + "@h/a\", key: k"), inDest + ".url: has a user before the host"},
		{"fragment", dest("url: \"rtmp://h/a#" + canary + "\", key: k"), inDest + ".url: has a # in it"},
		{"key at the end of the url", dest("url: \"rtmp://h/a/" + canary + "\", key: " + canary), inDest + ".url: ends with the key"},
		{"key in the query of the url", dest("url: \"rtmp://h/a?k=" + canary + "\", key: " + canary), inDest + ".url: ends with the key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loadFails(t, dir, c.text, c.want)
		})
	}
}

// loadFails loads a file and expects an error, without the canary.
func loadFails(t *testing.T, dir, text, want string) {
	t.Helper()
	path := write(t, dir, "hawker.yaml", text)
	_, err := config.Load(path, options(map[string]string{"BLANK": "", "TWO": canary + "\n" + canary, "FOLDER": "/srv/" + canary}))
	var errs config.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("err = %v, want config.Errors", err)
	}
	if told := errs.Error(); !strings.Contains(told, want) || !strings.HasPrefix(told, path+":") {
		t.Errorf("errors:\n%s\nwant %s", told, want)
	}
	if strings.Contains(strings.ReplaceAll(err.Error(), dir, ""), canary) {
		t.Errorf("the key shows: %v", err)
	}
}

func TestAllErrorsAreToldAtOnceInLineOrder(t *testing.T) {
	text := `ingest: {rtmp: 1935}
admin: {listen: nowhere}
strems: []
streams:
  - name: a b
    hold: 5
    destinations:
      - {name: x, platform: twich, key: "1 2"}
      - {url: "http://x", key: "${GONE}", colour: red}
  - {name: c, key: k, stop_grace: 2m}
`
	_, err := config.Parse([]byte(text), "hawker.yaml", options(nil))
	var errs config.Errors
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	want := []string{
		`hawker.yaml:1:16: ingest.rtmp: needs a colon`,
		`hawker.yaml:2:17: admin.listen: must be HOST:PORT`,
		`hawker.yaml:3:1: unknown field "strems": did you mean streams?`,
		`hawker.yaml:5:5: streams[0].key: is missing`,
		`hawker.yaml:5:11: streams[0].name: must be 1 to 64`,
		`hawker.yaml:6:11: streams[0].hold: needs a unit`,
		`hawker.yaml:8:29: streams[0].destinations[0].platform: unknown platform`,
		`hawker.yaml:8:41: streams[0].destinations[0].key: the key has a space`,
		`hawker.yaml:9:9: streams[0].destinations[1].name: is missing`,
		`hawker.yaml:9:15: streams[0].destinations[1].url: must begin`,
		`hawker.yaml:9:32: streams[0].destinations[1].key: environment variable GONE`,
		`hawker.yaml:9:43: streams[0].destinations[1]: unknown field "colour"`,
		`hawker.yaml:10:35: streams[1].stop_grace: must be between`,
	}
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d errors, want %d:\n%v", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("error %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
	if e := errs[5]; e.File != "hawker.yaml" || e.Line != 6 || e.Column != 11 || e.Path != "streams[0].hold" {
		t.Errorf("fields = %+v", e)
	}
}

func TestHostileFilesAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "- {name: s%d, key: k%d, destinations: *d}\n", i, i)
	}
	list := "&d ["
	for i := range 500 {
		list += fmt.Sprintf("{name: d%d, platform: twitch, key: k},", i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"too large", "# " + strings.Repeat("x", config.MaxSize), "larger than 1024 KiB"},
		{"aliases of aliases", "streams:\n- {name: a, key: k, destinations: " + list + "]}\n" + many.String(), "too many entries"},
		{"alias of itself", "streams: &s [*s]\n", "must hold fields"},
		{"deep nesting", "streams: " + strings.Repeat("[", 200_000), ""},
		{"very many errors", "streams: [" + strings.Repeat("{}, ", 20_000) + "]", "is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, t.TempDir(), "hawker.yaml", c.text)
			_, err := config.Load(path, options(nil))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %.300v, want %s", err, c.want)
			}
			var errs config.Errors
			if errors.As(err, &errs); len(errs) > 1000 {
				t.Errorf("%d errors", len(errs))
			}
		})
	}
}
