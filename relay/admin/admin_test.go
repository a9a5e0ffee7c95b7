package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/prometheus/client_golang/prometheus"
)

// fakeRelay stands in for a relay with one stream and one destination.
type fakeRelay struct {
	ready   chan struct{}
	actions []string
	panics  bool
}

func (f *fakeRelay) Ready() <-chan struct{} { return f.ready }

func (f *fakeRelay) Status() []relay.StreamStatus {
	if f.panics {
		panic("a mistake in the status")
	}
	return []relay.StreamStatus{{Name: "main", State: relay.Live, Destinations: []relay.DestinationStatus{{Status: destination.Status{Name: "shop", State: destination.Live}}}}}
}

func (f *fakeRelay) Control(stream, dest string, action relay.Action) error {
	if stream != "main" || dest != "shop" {
		return fmt.Errorf("stream %q: %w", stream, relay.ErrNotFound)
	}
	if action != relay.Retry {
		return errors.New("action is not one of enable, disable, retry")
	}
	f.actions = append(f.actions, string(action))
	return nil
}

func (f *fakeRelay) Switch(stream string, role relay.Role) error {
	if stream != "main" {
		return fmt.Errorf("stream %q: %w", stream, relay.ErrNotFound)
	}
	if role != relay.Primary {
		return fmt.Errorf("no %s encoder is connected: %w", role, relay.ErrNotConnected)
	}
	return nil
}

const token = "0123456789abcdef"

func newServer(t *testing.T, f *fakeRelay) *httptest.Server {
	t.Helper()
	reg := prometheus.NewRegistry()
	s, err := admin.New(admin.Config{Relay: f, Token: secret.New(token), Gatherer: reg, Registerer: reg, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return srv
}

func TestRoutes(t *testing.T) {
	retry := "/api/v1/streams/main/destinations/shop/retry"
	tests := map[string]struct {
		method, path, authorization string
		status                      int
		body                        string
	}{
		"health":                      {"GET", "/healthz", "", 200, "ok"},
		"ready":                       {"GET", "/readyz", "", 200, "ok"},
		"metrics":                     {"GET", "/metrics", "", 200, "hawker_panics_total"},
		"streams":                     {"GET", "/api/v1/streams", "", 200, `"name": "main"`},
		"one stream":                  {"GET", "/api/v1/streams/main", "", 200, `"state": "live"`},
		"no such stream":              {"GET", "/api/v1/streams/other", "", 404, "no stream has this name"},
		"retry":                       {"POST", retry, "Bearer " + token, 200, `"name": "main"`},
		"retry, scheme in lower case": {"POST", retry, "bearer " + token, 200, `"name": "main"`},
		"retry without a token":       {"POST", retry, "", 401, "bearer token"},
		"retry with a wrong token":    {"POST", retry, "Bearer 0123456789abcdeF", 401, "bearer token"},
		"retry with basic":            {"POST", retry, "Basic " + token, 401, "bearer token"},
		"retry by GET":                {"GET", retry, "Bearer " + token, 404, "nothing at this path"},
		"unknown action":              {"POST", "/api/v1/streams/main/destinations/shop/explode", "Bearer " + token, 400, "enable, disable, retry"},
		"unknown destination":         {"POST", "/api/v1/streams/main/destinations/x/retry", "Bearer " + token, 404, "not found"},
		"switch the source":           {"POST", "/api/v1/streams/main/source/primary", "Bearer " + token, 200, `"main"`},
		"switch without token":        {"POST", "/api/v1/streams/main/source/primary", "", 401, "bearer token"},
		"switch to nobody":            {"POST", "/api/v1/streams/main/source/backup", "Bearer " + token, 409, "no backup encoder"},
		"unknown path":                {"GET", "/debug/pprof/", "", 404, "nothing at this path"},
	}
	f := &fakeRelay{ready: make(chan struct{})}
	close(f.ready)
	srv := newServer(t, f)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, srv.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.authorization != "" {
				req.Header.Set("Authorization", tt.authorization)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.body) {
				t.Errorf("%s %s = %d %s, want %d with %q", tt.method, tt.path, resp.StatusCode, body, tt.status, tt.body)
			}
			if ct := resp.Header.Get("Content-Type"); tt.status >= 400 && ct != "application/problem+json" {
				t.Errorf("an error came as %q", ct)
			}
		})
	}
	if len(f.actions) != 2 {
		t.Errorf("the relay did %v, want two retries", f.actions)
	}
}

func TestNotReady(t *testing.T) {
	srv := newServer(t, &fakeRelay{ready: make(chan struct{})})
	resp, err := http.Get(srv.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz = %d before the relay listens, want 503", resp.StatusCode)
	}
}

func TestPanicEndsItsRequestOnly(t *testing.T) {
	f := &fakeRelay{ready: make(chan struct{}), panics: true}
	srv := newServer(t, f)
	for path, want := range map[string]int{"/api/v1/streams": 500, "/healthz": 200} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		var p admin.Problem
		if want == 500 && (json.NewDecoder(resp.Body).Decode(&p) != nil || strings.Contains(p.Detail, "mistake")) {
			t.Errorf("the answer to a panic is not a problem, or tells its text: %+v", p)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s = %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func TestClient(t *testing.T) {
	srv := newServer(t, &fakeRelay{ready: make(chan struct{})})
	c := admin.Client{Address: srv.Listener.Addr().String(), Token: secret.New(token)}
	streams, err := c.Streams(t.Context())
	if err != nil || len(streams) != 1 || streams[0].Destinations[0].State != destination.Live {
		t.Fatalf("Streams = %+v, %v", streams, err)
	}
	if err := c.Control(t.Context(), "main", "shop", relay.Retry); err != nil {
		t.Errorf("Control: %v", err)
	}
	if err := c.Control(t.Context(), "main", "other", relay.Retry); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("Control of an unknown destination: %v", err)
	}
}

func TestClientSaysWhenNobodyAnswers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	c := admin.Client{Address: ln.Addr().String()}
	if _, err := c.Streams(t.Context()); err == nil || !strings.Contains(err.Error(), "hawker serve") {
		t.Errorf("Streams = %v, want a hint at hawker serve", err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	reg := prometheus.NewRegistry()
	s, err := admin.New(admin.Config{Relay: &fakeRelay{}, Token: secret.New(token), Gatherer: reg, Registerer: reg, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Serve(ctx, ln); err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestToken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := admin.ReadToken(dir); err == nil {
		t.Error("there is a token before one was made")
	}
	made, err := admin.EnsureToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(made.Reveal()); n != 64 {
		t.Errorf("the token has %d hexadecimal digits, want 64 (256 bits)", n)
	}
	again, err := admin.EnsureToken(dir)
	if err != nil || !again.Equal(made) {
		t.Errorf("a second start changes the token (%v)", err)
	}
	info, err := os.Stat(filepath.Join(dir, admin.TokenFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}
