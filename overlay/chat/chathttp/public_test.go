package chathttp_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/web"
)

// The chat within the public face, on a database, as the program has it.
func TestBehindThePublicFace(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Folder: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	var handler *chathttp.Server
	h := open(t, func(c *chathttp.Config) {
		c.Patience = time.Second
		c.Address = func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") }
		handler, err = chathttp.New(*c)
		must(t, err)
	}, func(c *chat.Config) { c.Store = db })
	show, err := control.New(control.Config{Store: db})
	must(t, err)
	face, err := web.New(web.Config{
		Show: show, Clicks: db, LinkKey: secret.New("the-key-of-overlay-links-0123456789"), Settings: web.Settings{URL: "https://live.example.com"},
		Mount: func(mux *http.ServeMux) { mux.Handle("/{stream}/{rest...}", handler) }, ConnContext: chathttp.ConnContext,
	})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := face.Serve(ctx, ln); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { h.client.CloseIdleConnections(); cancel(); running.Wait() })
	h.url = "http://" + ln.Addr().String()

	r := h.follow("main")
	r.next()
	if policy := r.resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	id := newID()
	said := h.post(id, "Ana", "Is it hot?", "")
	r.wants("message", strings.TrimSuffix(said.raw, "\n"))
	if kept, err := db.LoadChat(ctx, 1); err != nil || len(kept.Messages) != 1 || kept.Messages[0] != withStream(said.ChatMessage, "main") {
		t.Errorf("kept %+v, %v; said %+v", kept.Messages, err, said.ChatMessage)
	}
	if gone := h.erase("main", id); gone.status != 204 {
		t.Errorf("an erasure: %d %s", gone.status, gone.raw)
	}
	if kept, err := db.LoadChat(ctx, 1); err != nil || len(kept.Messages) != 0 {
		t.Errorf("kept after the erasure: %+v, %v", kept.Messages, err)
	}

	stuck, err := connect(ctx, h.url, "main", "", true)
	must(t, err)
	defer func() { _ = stuck.Close() }()
	limited, done := context.WithTimeout(ctx, patience)
	defer done()
	h.waitReaders(limited, 2)
	for range 20 { // 1.2 kB each
		_, err := h.desk.Say(limited, "main", overlay.ChatHost, "", strings.Repeat("🌶", 300))
		must(t, err)
		r.next()
	}
	h.waitReaders(limited, 1)
}

func withStream(m overlay.ChatMessage, stream string) overlay.ChatMessage {
	m.Stream = stream
	return m
}
