package chat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory keeps for as long as the test runs, by the rules of a Store.
type memory struct {
	mu        sync.Mutex // guards the rest
	messages  []overlay.ChatMessage
	sanctions map[[2]string]overlay.ChatSanction
	settings  map[string]overlay.ChatSettings
	salts     map[string][]byte
	writes    int
	broken    error         // what it answers
	hold      chan struct{} // WriteChat waits for it
}

func newMemory() *memory {
	return &memory{sanctions: map[[2]string]overlay.ChatSanction{}, settings: map[string]overlay.ChatSettings{}, salts: map[string][]byte{}}
}

func (m *memory) LoadChat(_ context.Context, most int) (overlay.ChatKept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := overlay.ChatKept{Settings: m.settings, Messages: slices.Clone(m.messages)}
	for _, s := range m.sanctions {
		kept.Sanctions = append(kept.Sanctions, s)
	}
	for _, one := range m.messages {
		kept.LastID = max(kept.LastID, one.ID)
	}
	return kept, nil
}

func (m *memory) WriteChat(_ context.Context, changes []overlay.ChatChange) error {
	m.mu.Lock()
	hold := m.hold
	m.mu.Unlock()
	if hold != nil {
		<-hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	m.writes++
	for _, c := range changes {
		m.apply(c)
	}
	return nil
}

func (m *memory) apply(c overlay.ChatChange) {
	drop := func(which func(overlay.ChatMessage) bool) { m.messages = slices.DeleteFunc(m.messages, which) }
	switch {
	case c.Message != nil:
		m.messages = append(m.messages, *c.Message)
	case c.Deleted != 0:
		drop(func(o overlay.ChatMessage) bool { return o.Stream == c.Stream && o.ID == c.Deleted })
	case c.Cleared:
		drop(func(o overlay.ChatMessage) bool { return o.Stream == c.Stream && o.Viewer == c.Viewer })
	case c.Erased:
		drop(func(o overlay.ChatMessage) bool { return o.Viewer == c.Viewer })
	case c.Sanction != nil:
		m.sanctions[[2]string{c.Sanction.Stream, c.Sanction.Viewer}] = *c.Sanction
	case c.Lifted:
		delete(m.sanctions, [2]string{c.Stream, c.Viewer})
	case c.Settings != nil:
		m.settings[c.Stream] = *c.Settings
	}
}

func (m *memory) PruneChat(_ context.Context, before, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = slices.DeleteFunc(m.messages, func(o overlay.ChatMessage) bool { return o.At.Before(before) })
	return nil
}

func (m *memory) DaySalt(_ context.Context, day string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.salts[day] == nil {
		m.salts[day] = newSalt()
	}
	return m.salts[day], nil
}

func (m *memory) texts() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range m.messages {
		out = append(out, one.Text)
	}
	return out
}

func (m *memory) written() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writes
}

func (m *memory) set(broken error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = broken
}

// open runs a desk until stop.
func open(t *testing.T, store Store, streams ...Stream) (d *Desk, stop func()) {
	t.Helper()
	if streams == nil {
		streams = []Stream{{Name: "main", Host: "Lan"}}
	}
	d, err := New(Config{Store: store, Streams: streams})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	<-d.Ready()
	return d, sync.OnceFunc(func() {
		cancel()
		must(t, <-ended)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newID is a viewer's, as a page makes it.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func publicID(t testing.TB, id string) string {
	t.Helper()
	public, err := PublicID(id)
	must(t, err)
	return public
}

func from(n byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, n}) }

func reason(err error) Reason {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// events are what a reader has been sent, as "type data".
func events(t testing.TB, frames ...[]byte) (out []string) {
	t.Helper()
	for part := range strings.SplitSeq(string(slices.Concat(frames...)), "\n\n") {
		if part == "" {
			continue
		}
		kind, data, ok := strings.Cut(part, "\ndata: ")
		if !ok || !strings.HasPrefix(kind, "event: ") || !json.Valid([]byte(data)) {
			t.Fatalf("not an event: %q", part)
		}
		out = append(out, strings.TrimPrefix(kind, "event: ")+" "+data)
	}
	return out
}
