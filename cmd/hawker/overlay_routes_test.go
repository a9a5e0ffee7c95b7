package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay/admin"
)

// Everything about offers, and what moderators do, is the host's business: each route
// asks for the token.
func TestOverlayRoutesNeedTheToken(t *testing.T) {
	h := serve(t, chattingYAML())
	token, err := admin.ReadToken(filepath.Join(filepath.Dir(h.conf), "hawker-data"))
	must(t, err)
	routes := []string{
		"GET /offers", "POST /offers", "GET /offers/x", "PUT /offers/x", "PATCH /offers/x", "DELETE /offers/x", "POST /offers/x/stock", "GET /offers/x/log",
		"GET /offers/x/links", "POST /streams/main/offers/x/start", "POST /streams/main/offers/x/end", "GET /banners", "POST /banners", "DELETE /banners/x",
		"GET /streams/main/banners", "POST /streams/main/banners", "DELETE /streams/main/banners", "DELETE /streams/main/banners/x",
		"GET /streams/main/show", "PUT /streams/main/show", "DELETE /streams/main/show", "GET /streams/main/overlay", "GET /events",
		"GET /streams/main/chat", "POST /streams/main/chat", "DELETE /streams/main/chat/messages/1", "PUT /streams/main/chat/settings", "PATCH /streams/main/chat/settings",
		"POST /streams/main/chat/viewers/x/mute", "POST /streams/main/chat/viewers/x/ban", "POST /streams/main/chat/viewers/x/unban", "DELETE /streams/main/chat/viewers/x",
	}
	areAll(t, routes)
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		for _, wrong := range []string{"", "wrong", strings.ToUpper(token.Reveal())} {
			body := h.request(method, "/api/v1"+path, wrong, http.StatusUnauthorized)
			if !strings.Contains(body, `"status":401`) {
				t.Errorf("%s: %s", route, body)
			}
		}
	}
	h.request(http.MethodGet, "/api/v1/offers", token.Reveal(), http.StatusOK)
	for _, path := range []string{"/metrics", "/api/v1/offers", "/api/v1/streams", "/debug/pprof/"} {
		resp, err := http.Get("http://" + h.public + path)
		must(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("viewers who ask for %s get %s", path, resp.Status)
		}
	}
}

// areAll checks that a list of requests reaches every route of the overlay's API that
// there is.
func areAll(t *testing.T, routes []string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "hawker.yaml")
	must(t, os.WriteFile(file, []byte(strings.NewReplacer("ADMIN", "127.0.0.1:0", "PUBLIC", "127.0.0.1:1").Replace(mainYAML())), 0o600))
	conf, err := config.Load(file, configOptions())
	must(t, err)
	s, err := openSelling(t.Context(), conf, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	must(t, err)
	defer func() { must(t, s.store.Close()) }()
	there, reached := 0, map[string]bool{}
	mux := http.NewServeMux()
	s.routes(mux, func(do http.HandlerFunc) http.Handler {
		there++
		return do
	})
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		_, pattern := mux.Handler(httptest.NewRequest(method, "/api/v1"+path, nil))
		if pattern == "" {
			t.Errorf("%s reaches nothing", route)
		}
		reached[pattern] = true
	}
	if len(reached) != there {
		t.Errorf("of %d routes %d are tried", there, len(reached))
	}
}
