package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
	"golang.org/x/sync/errgroup"
)

const (
	inForce = "configuration in force"
	mistake = "the configuration has a mistake; the one before stays in force"
)

// TestReloadWithAMistake is T22: a file that cannot be used changes nothing,
// costs no frame, and is told; the next good one is followed.
func TestReloadWithAMistake(t *testing.T) {
	a := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	b := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	good := mainYAML(a)
	h := serve(t, good)
	e := h.publish(mainKey)
	sa := h.session(a, 1, 20)
	h.metric("hawker_config_last_reload_success 1")

	tests := []struct{ name, text, told string }{
		{"bad YAML", good + "\n  - {name: [", "hawker.yaml:"},
		{"unknown field", good + "        retries: 3\n", "hawker.yaml:"},
		{"empty file", "", "hawker.yaml:"},
		{"half-written file", good[:strings.Index(good, "url:")+6], "hawker.yaml:"},
		{"another address that cannot be listened on", strings.Replace(good, `"127.0.0.1:0"`, `"192.0.2.1:1935"`, 1), "192.0.2.1:1935"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			printed := len(h.log.String())
			h.write(tt.text)
			h.log.wait(h.ctx, t, mistake, i+1)
			h.metric("hawker_config_last_reload_success 0")
			if told := h.log.String()[printed:]; !strings.Contains(told, tt.told) || strings.Contains(told, "key-of-a") {
				t.Errorf("want %q and no key in:\n%s", tt.told, told)
			}
			must(t, sa.WaitMessages(h.ctx, sa.Len()+20))
		})
	}

	h.write(mainYAML(a, b))
	h.log.wait(h.ctx, t, inForce, 1)
	h.metric("hawker_config_last_reload_success 1")
	sb := h.session(b, 1, 20)
	h.whole(e, sa, sb)
	if n := len(a.Connections()); n != 1 {
		t.Errorf("%d connections to a destination that did not change, want 1", n)
	}
}

func TestReloadTouchesOnlyWhatChanged(t *testing.T) {
	a := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	b := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(a, b))
	e := h.publish(mainKey)
	sa, sb := h.session(a, 1, 20), h.session(b, 1, 20)

	h.write(strings.Replace(mainYAML(a, b), "key-of-b", "another-key-of-b", 1))
	again := h.session(b, 2, 20)
	if sb.Key() != "key-of-b" || again.Key() != "another-key-of-b" {
		t.Errorf("keys %q and %q", sb.Key(), again.Key())
	}
	must(t, relaytest.CheckOpening(again.Messages()))
	h.whole(e, sa, again)
	if n := len(a.Connections()); n != 1 {
		t.Errorf("%d connections to the other destination, want 1", n)
	}
	if n := b.MaxConcurrent(); n != 1 {
		t.Errorf("%d connections at the same time to the changed destination, want 1", n)
	}
}

func TestReloadOnSIGHUP(t *testing.T) {
	// Were the server's own handler missing, the signal would end the tests.
	guard := make(chan os.Signal, 1)
	signal.Notify(guard, syscall.SIGHUP)
	defer signal.Stop(guard)
	h := serve(t, mainYAML())
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	h.log.wait(h.ctx, t, inForce, 1)
}

func TestReloadOfANewKey(t *testing.T) {
	h := serve(t, mainYAML())
	h.write(strings.Replace(mainYAML(), mainKey, "a-new-key-for-the-encoder", 1))
	// The signal makes sure of a reload after the write.
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	h.log.wait(h.ctx, t, inForce, 1)
	h.publish("a-new-key-for-the-encoder")
	old := relaytest.NewEncoder(relaytest.EncoderConfig{Target: rtmp.Target{Server: "rtmp://" + h.rtmp + "/live", Key: secret.New(mainKey)}})
	var refusal *rtmp.Refusal
	if err := old.Start(h.ctx); !errors.As(err, &refusal) || refusal.Code != rtmp.CodeDenied {
		t.Errorf("the old key: %v, want a refusal", err)
	}
}

func TestReloadTellsWhatWaitsForARestart(t *testing.T) {
	h := serve(t, mainYAML())
	h.write(strings.Replace(mainYAML(), "ADMIN", "127.0.0.1:1", 1))
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	h.log.wait(h.ctx, t, atNextStart, 1)
	h.write("chat_retention: 1h\n" + strings.Replace(mainYAML(), "ADMIN", "127.0.0.1:1", 1))
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	h.log.wait(h.ctx, t, atNextStart, 2)
	h.metric("hawker_config_last_reload_success 1")
}

// A word that the chat cannot look for is found before the offers are taken.
func TestReloadIsNotHalfDone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offers.yaml")
	must(t, os.WriteFile(file, []byte(offersYAML), 0o600))
	h := serve(t, mainYAML())
	h.write(strings.Replace(mainYAML(), "    stop_grace", "    chat: {blocked_words: [\"\\u037a\"]}\n    stop_grace", 1) + fmt.Sprintf("offers_file: %q\n", file))
	h.log.wait(h.ctx, t, mistake, 1)
	h.does([]string{"offer", "list"}, "There are no offers")
}

// An edit between the reading of the file and the beginning of the watch counts.
func TestEditDuringTheStartIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hawker.yaml")
	yaml := "ingest: {rtmp: \"127.0.0.1:0\"}\nstreams:\n  - {name: main, key: a}\n"
	must(t, os.WriteFile(path, []byte(yaml), 0o600))
	a := &app{config: path, out: io.Discard, err: io.Discard}
	conf, err := a.load()
	must(t, err)
	log := newOutput()
	logger := slog.New(slog.NewTextHandler(log, nil))
	s, err := newServer(t.Context(), conf, logger)
	must(t, err)
	r := newReloader(a, conf, s, logger)
	must(t, os.WriteFile(path, []byte(yaml+"  - {name: second, key: b}\n"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.selling.run(ctx, nil, logger) })
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error { return r.run(ctx) })
	log.wait(ctx, t, inForce, 1)
	if n := len(s.relay.Status()); n != 2 {
		t.Errorf("%d streams, want the one that was added", n)
	}
	cancel()
	must(t, group.Wait())
}
