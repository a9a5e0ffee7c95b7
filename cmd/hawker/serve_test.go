package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/relaytest"
)

func TestServeTellsWhatAPersonNeeds(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(p)+`      - {name: youtube, platform: youtube, key: key-of-youtube, enabled: false, delay: 5s}
  - {name: second, key: key-of-second}
`)
	block := h.out.String()
	for _, want := range []string{
		"Hawker " + version() + " is ready.",
		"Server      rtmp://" + h.rtmp + "/live",
		"hawker -c " + h.conf + " stream list --show-keys",
		"Stream main\n    -> a        rtmp://" + p.Addr() + "/...\n" +
			"    -> youtube  rtmps://a.rtmps.youtube.com:443/live2  (disabled, delayed by 5s)\n",
		"Stream second\n    no destinations yet; add one: hawker -c " + h.conf + " destination add second youtube --platform youtube\n",
		"hawker -c " + h.conf + " status --watch",
		"Metrics   http://" + h.admin + "/metrics",
		h.conf + " (changes are followed)",
	} {
		if !strings.Contains(block, want) {
			t.Errorf("the start-up block lacks %q:\n%s", want, block)
		}
	}
	if strings.Contains(block, "key-of-") || strings.Contains(block, mainKey) {
		t.Errorf("the start-up block holds a key:\n%s", block)
	}
}

func TestServeEndsWithGoodbyes(t *testing.T) {
	a := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	b := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(a, b))
	e := h.publish(mainKey)
	sa, sb := h.session(a, 1, 20), h.session(b, 1, 20)
	if code := h.end(); code != exitOK {
		t.Errorf("exit code %d, want 0\n%s", code, h.log)
	}
	if err := e.Wait(); err == nil {
		t.Error("the encoder was not told that the relay ends")
	}
	for _, s := range []*relaytest.Session{sa, sb} {
		must(t, s.WaitEnd(h.ctx))
		if !s.Goodbye() || s.Err() != nil {
			t.Errorf("%v: want a goodbye and FIN, got %v", s, s.Err())
		}
		must(t, relaytest.Compare(e.Sent(), s.Messages()))
	}
}

func TestServeWritesTheStarter(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // all that is asked here happens before it would be ready
	code, out, errOut := command(ctx, "", "-c", filepath.Join(dir, "hawker.yaml"), "serve")
	info, err := os.Stat(filepath.Join(dir, "hawker.yaml"))
	must(t, err)
	if info.Mode().Perm() != 0o600 || !strings.Contains(out, "Wrote a starter configuration to") {
		t.Errorf("mode %v, printed %q", info.Mode(), out)
	}
	// The starter's ports are fixed; something else may have them here.
	if code != exitOK && !strings.Contains(errOut, "address already in use") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}

func TestServeSaysWhichAddressIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = ln.Close() }()
	taken := ln.Addr().String()
	for name, yaml := range map[string]string{
		"admin":  `{ingest: {rtmp: "127.0.0.1:0"}, admin: {listen: "` + taken + `"}, public: {listen: "127.0.0.1:0"}, streams: [{name: main, key: 12345678}]}`,
		"ingest": `{ingest: {rtmp: "` + taken + `"}, admin: {listen: "127.0.0.1:0"}, public: {listen: "127.0.0.1:0"}, streams: [{name: main, key: 12345678}]}`,
		"public": `{ingest: {rtmp: "127.0.0.1:0"}, admin: {listen: "127.0.0.1:0"}, public: {listen: "` + taken + `"}, streams: [{name: main, key: 12345678}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			conf := filepath.Join(t.TempDir(), "hawker.yaml")
			must(t, os.WriteFile(conf, []byte(yaml), 0o600))
			code, out, errOut := command(t.Context(), "", "-c", conf, "serve")
			if code != exitFailure || !strings.Contains(errOut, name) || !strings.Contains(errOut, taken) || strings.Contains(out, "ready") {
				t.Errorf("exit code %d: %s%s", code, out, errOut)
			}
		})
	}
}

func TestStatusOfARunningServer(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(p)+"  - {name: second, key: key-of-second}\n")
	e := h.publish(mainKey)
	h.session(p, 1, 60)
	code, out, errOut := h.command("", "status")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	for _, want := range []string{"main  LIVE for ", "H264 ", "AAC LC 48 kHz 2 ch", "from " + e.LocalAddr(), "DESTINATION  STATE",
		"second  IDLE", "no destinations; add one: hawker destination add second NAME --platform youtube"} {
		if !strings.Contains(out, want) {
			t.Errorf("status lacks %q:\n%s", want, out)
		}
	}
	code, out, _ = h.command("", "status", "--json")
	var s admin.Streams
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitOK || len(s.Streams) != 2 || s.Streams[0].Destinations[0].Name != "a" {
		t.Errorf("status --json: exit code %d, %v:\n%s", code, err, out)
	}
	if got := h.get("/api/v1/streams"); !strings.Contains(got, `"name": "main"`) {
		t.Errorf("GET /api/v1/streams:\n%s", got)
	}
}

func TestStatusWatchEndsWithTheContext(t *testing.T) {
	h := serve(t, mainYAML())
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	out, code := newOutput(), make(chan int, 1)
	go func() { code <- run(ctx, []string{"-c", h.conf, "status", "--watch"}, strings.NewReader(""), out, out) }()
	out.wait(h.ctx, t, "main  IDLE", 2)
	cancel()
	if c := <-code; c != exitOK || !strings.HasPrefix(out.String(), clearScreen) {
		t.Errorf("exit code %d:\n%q", c, out)
	}
}
