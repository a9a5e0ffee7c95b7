package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestEditsAreFollowedWhileLive edits the file with the commands.
func TestEditsAreFollowedWhileLive(t *testing.T) {
	a := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	b := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	added := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(a, b))
	e := h.publish(mainKey)
	sa, sb := h.session(a, 1, 20), h.session(b, 1, 20)

	h.succeeds("", "destination", "disable", "main", "b")
	must(t, sb.WaitEnd(h.ctx))
	if !sb.Goodbye() {
		t.Error("a disabled destination got no goodbye")
	}
	h.succeeds("key-of-added\n", "destination", "add", "main", "added", "--url", added.URL())
	first := h.session(added, 1, 20)
	if first.Key() != "key-of-added" {
		t.Errorf("key %q", first.Key())
	}
	h.succeeds("", "destination", "enable", "main", "b")
	again := h.session(b, 2, 20)
	h.succeeds("", "destination", "remove", "main", "added")
	must(t, first.WaitEnd(h.ctx))
	if !first.Goodbye() {
		t.Error("a removed destination got no goodbye")
	}
	h.whole(e, sa, again)
	if n := len(a.Connections()); n != 1 {
		t.Errorf("%d connections to the destination that nobody edited, want 1", n)
	}
	text, err := os.ReadFile(h.conf)
	must(t, err)
	if !strings.Contains(string(text), "# the one") {
		t.Errorf("a comment is gone:\n%s", text)
	}
}

func (h *hawker) succeeds(stdin string, args ...string) {
	h.t.Helper()
	if code, _, errOut := h.command(stdin, args...); code != exitOK {
		h.t.Fatalf("hawker %s: exit code %d: %s", strings.Join(args, " "), code, errOut)
	}
}

// TestOperatorsCalls disables, enables and retries by the API and by command.
func TestOperatorsCalls(t *testing.T) {
	a := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(a))
	token, err := os.ReadFile(filepath.Join(filepath.Dir(h.conf), "hawker-data", "admin.token"))
	must(t, err)
	post := func(token, action string, want int) string {
		t.Helper()
		return h.request(http.MethodPost, "/api/v1/streams/main/destinations/"+action, token, want)
	}
	tok := strings.TrimSpace(string(token))
	h.publish(mainKey)
	s := h.session(a, 1, 20)

	post("", "a/disable", http.StatusUnauthorized)
	post("wrong", "a/disable", http.StatusUnauthorized)
	post(tok, "a/explode", http.StatusBadRequest)
	post(tok, "nobody/disable", http.StatusNotFound)
	post(tok, "a/disable", http.StatusOK)
	must(t, s.WaitEnd(h.ctx))
	post(tok, "a/enable", http.StatusOK)
	s = h.session(a, 2, 20)
	if !s.Published() {
		t.Error("not published again")
	}

	// The platform is away: the destination waits longer and longer, and retry
	// is at once.
	a.Down()
	a.Reset()
	must(t, s.WaitEnd(h.ctx))
	must(t, a.Up())
	h.succeeds("", "destination", "retry", "main", "a")
	h.session(a, 3, 20)

	if code, _, errOut := h.command("", "destination", "retry", "main", "nobody"); code != exitFailure || !strings.Contains(errOut, "nobody") {
		t.Errorf("retry of a destination that is not there: exit code %d: %s", code, errOut)
	}
	must(t, os.Remove(filepath.Join(filepath.Dir(h.conf), "hawker-data", "admin.token")))
	if code, _, errOut := h.command("", "destination", "retry", "main", "a"); code != exitFailure || !strings.Contains(errOut, "token") {
		t.Errorf("retry without the token: exit code %d: %s", code, errOut)
	}
}
