package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// canaries are keys that must turn up nowhere, each with characters that URLs
// and JSON write differently.
var canaries = map[string]string{
	"ingest":  "canary-ingest/7f3a?a=1&b=2",
	"wrong":   "canary-wrong/91cc?x=1&y=2",
	"steady":  "canary-steady/04d1?a=1&b=2",
	"refused": "canary-refused/55e0?a=1&b=2",
	"stalled": "canary-stalled/6b7c?a=1&b=2",
	"reset":   "canary-reset/e8a2?a=1&b=2",
	"url":     "canary-url-2d94",
	"file":    "canary-file/c0de?a=1&b=2",
	"extra":   "canary-extra/aa11?a=1&b=2",
}

// leaks returns the canaries that a text holds, in whatever spelling.
func leaks(text string) (found []string) {
	for name, key := range canaries {
		bare, _, _ := strings.Cut(key, "?")
		json := strings.ReplaceAll(key, "&", `\u0026`)
		for _, form := range []string{key, bare, url.QueryEscape(key), url.PathEscape(key), json, strings.ReplaceAll(bare, "/", `\/`),
			base64.StdEncoding.EncodeToString([]byte(key))[:16], base64.URLEncoding.EncodeToString([]byte(bare))[:16]} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
				found = append(found, fmt.Sprintf("the %s key as %s", name, form))
			}
		}
	}
	return found
}

// silent fails the test if a text holds a canary.
func silent(t *testing.T, what, text string) {
	t.Helper()
	for _, l := range leaks(text) {
		t.Errorf("%s holds %s", what, l)
	}
}

func TestLeaksFindsEverySpelling(t *testing.T) {
	for _, text := range []string{"x canary-url-2d94", "canary-steady%2F04d1%3Fa%3D1%26b%3D2", `"canary-file/c0de?a=1\u0026b=2"`,
		base64.StdEncoding.EncodeToString([]byte(canaries["ingest"]))} {
		if len(leaks(text)) == 0 {
			t.Errorf("nothing found in %s", text)
		}
	}
}

// TestKeysAreSecret is T35 for the command line: with logs at debug level,
// encoders and platforms that do all sorts of things, and platforms that repeat
// the key, no key is printed, logged, answered or measured.
func TestKeysAreSecret(t *testing.T) {
	platforms := map[string]*relaytest.Platform{}
	for _, name := range []string{"steady", "refused", "stalled", "reset", "url", "file", "extra"} {
		platforms[name] = relaytest.StartPlatform(t, relaytest.PlatformConfig{ReceiveBuffer: 8 << 10})
	}
	text := "no stream " + canaries["refused"] + " (" + url.QueryEscape(canaries["refused"]) + ") here" // it repeats the key
	platforms["refused"].Always(relaytest.RefuseAt(rtmp.StepPublish, rtmp.CodeDenied, text))
	platforms["refused"].Then(relaytest.BadName(), relaytest.RefuseAt(rtmp.StepConnect, rtmp.CodeRejected, text))
	platforms["url"].Always(relaytest.Denied())
	h := serve(t, secrecyYAML(t, platforms))
	publish := func(key, app string) error {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: rtmp.Target{Server: "rtmp://" + h.rtmp + "/" + app, Key: secret.New(key)}})
		return e.Start(h.ctx)
	}
	e := h.publish(canaries["ingest"])
	s := h.session(platforms["steady"], 1, 30)
	silent(t, "what a wrong key is told", fmt.Sprint(publish(canaries["wrong"], "live"), publish("", "live/"+canaries["wrong"]), publish("x", "app?key="+canaries["wrong"])))

	platforms["stalled"].Stall()
	h.session(platforms["reset"], 1, 5)
	platforms["reset"].Then(relaytest.BadName(), relaytest.DieAtByte(4000))
	platforms["reset"].Reset()
	h.session(platforms["reset"], 2, 0)
	for _, name := range []string{"refused", "url"} {
		_, err := platforms[name].WaitConnection(h.ctx, 2)
		must(t, err)
	}
	h.edits(platforms["extra"].URL())
	h.asks(t)
	must(t, s.WaitMessages(h.ctx, s.Len()+30))
	e.Kill()
	silent(t, "what the next encoder is told", fmt.Sprint(publish(canaries["ingest"], "live")))
	h.end()
	silent(t, "the log at debug level", h.log.String())
	silent(t, "what serve prints", h.out.String())
	if !strings.Contains(h.log.String(), "level=DEBUG") {
		t.Error("nothing was logged at debug level")
	}
	secretFiles(t, filepath.Dir(h.conf))
}

// edits runs commands that are given keys, with mistakes among them.
func (h *hawker) edits(server string) {
	h.t.Helper()
	t := h.t.(*testing.T)
	key := canaries["extra"]
	for _, c := range []struct{ stdin, line string }{
		{key, "destination add main extra --url " + server},
		{key, "destination add main extra --url " + server},
		{key, "destination add main other --url rtmp://127.0.0.1/live/" + canaries["url"] + "/"},
		{key, "destination add main other --url rtmp://127.0.0.1/live/" + key},
		{key, "destination add main other --url :" + key},
		{key, "destination add nobody other --platform twitch"},
		{key, "stream add another --key-stdin"},
		{key, "stream add " + canaries["url"][:4] + " --key-stdin"},
		{key, "stream rotate-key another --key-stdin"},
		{"", "stream list"}, {"", "destination list"}, {"", "check"}, {"", "status"}, {"", "status --json"},
		{"", "destination test main refused --timeout 2s"}, {"", "destination test main url --timeout 2s"},
		{"", "destination test main steady --timeout 2s"}, {"", "destination retry main refused"},
		{"", "destination disable main file"}, {"", "destination enable main file"},
	} {
		_, out, errOut := h.command(c.stdin, strings.Fields(c.line)...)
		name, _, _ := strings.Cut(c.line, "--url")
		silent(t, "hawker "+name, out+errOut)
	}
}

// asks looks at everything that is served.
func (h *hawker) asks(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/api/v1/streams", "/api/v1/streams/main"} {
		silent(t, "GET "+path, h.get(path))
	}
	silent(t, "an error of the API", h.request(http.MethodGet, "/api/v1/streams/none", "", http.StatusNotFound))
	silent(t, "an unauthorized call", h.request(http.MethodPost, "/api/v1/streams/main/destinations/steady/retry", "x", http.StatusUnauthorized))
}

func secrecyYAML(t *testing.T, platforms map[string]*relaytest.Platform) string {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "file.key")
	must(t, os.WriteFile(keyFile, []byte(canaries["file"]+"\n"), 0o600))
	var b strings.Builder
	fmt.Fprintf(&b, "ingest: {rtmp: \"127.0.0.1:0\"}\nadmin: {listen: \"ADMIN\"}\npublic: {listen: \"PUBLIC\"}\nstreams:\n  - name: main\n    key: %q\n    destinations:\n", canaries["ingest"])
	for _, name := range []string{"steady", "refused", "stalled", "reset"} {
		fmt.Fprintf(&b, "      - {name: %s, url: %q, key: %q}\n", name, platforms[name].URL(), canaries[name])
	}
	// The whole of what a platform shows was pasted into url, and the key field
	// has something else.
	fmt.Fprintf(&b, "      - {name: url, url: %q, key: unused-key}\n", platforms["url"].URL()+"/"+canaries["url"])
	fmt.Fprintf(&b, "      - {name: file, url: %q, key_file: %q}\n", platforms["file"].URL(), keyFile)
	return b.String()
}

// secretFiles fails if others may read a file that holds a secret.
func secretFiles(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"hawker.yaml", "hawker-data/admin.token"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode().Perm())
		}
	}
}

// TestMistakesDoNotRepeatKeys breaks the configuration in many places.
func TestMistakesDoNotRepeatKeys(t *testing.T) {
	key := canaries["steady"]
	good := fmt.Sprintf("streams:\n  - name: main\n    key: %q\n    destinations:\n      - {name: a, url: \"rtmp://h/live\", key: %q}\n", key, canaries["reset"])
	for name, text := range map[string]string{
		"key in url":            strings.Replace(good, "rtmp://h/live", key, 1),
		"key ends url":          strings.Replace(good, "rtmp://h/live", "rtmp://h/live/"+canaries["reset"], 1),
		"key as platform":       strings.Replace(good, `url: "rtmp://h/live"`, fmt.Sprintf("platform: %q", key), 1),
		"key as stream's name":  strings.Replace(good, "name: main", fmt.Sprintf("name: %q", key), 1),
		"key as key_file":       strings.Replace(good, "key: ", "key_file: ", 2),
		"key as duration":       strings.Replace(good, "destinations:", fmt.Sprintf("hold: %q\n    destinations:", key), 1),
		"key as a field":        strings.Replace(good, "name: main", fmt.Sprintf("name: main\n    %q: 1", key), 1),
		"same key twice":        good + fmt.Sprintf("  - {name: other, key: %q}\n", key),
		"key without its quote": strings.Replace(good, fmt.Sprintf("key: %q", key), `key: "`+key, 1),
		"key as an alias":       strings.Replace(good, fmt.Sprintf("key: %q", key), "key: *"+canaries["url"], 1),
	} {
		t.Run(name, func(t *testing.T) {
			conf := filepath.Join(t.TempDir(), "hawker.yaml")
			must(t, os.WriteFile(conf, []byte(text), 0o600))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			commands := [][]string{{"check"}, {"serve"}, {"stream", "list"}, {"destination", "disable", "main", "a"}}
			if name == "key as stream's name" { // names are public: an edit that finds none tells which there are
				commands = commands[:3]
			}
			for _, args := range commands {
				code, out, errOut := command(ctx, "", append([]string{"-c", conf}, args...)...)
				if code == exitOK {
					t.Errorf("%s works:\n%s", args[0], text)
				}
				silent(t, args[0], out+errOut)
			}
		})
	}
}
