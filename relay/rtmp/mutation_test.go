package rtmp

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/prometheus/client_golang/prometheus"
)

// sink is an Ingest that looks at everything and keeps nothing.
type sink struct{ packets, closed int }

func (s *sink) Write(_ media.Kind, _ uint32, body []byte) error {
	s.packets++
	for range body { // reads it all: a body that is not there shows
	}
	return nil
}

func (s *sink) Close(bool) { s.closed++ }

// door runs sessions over connections whose peers have said all they will.
type door struct {
	conf   ServerConfig
	panics int
}

func newDoor(tb testing.TB) *door {
	d := &door{}
	server, err := NewServer(ServerConfig{
		Publish: func(context.Context, Request, func(error)) (Ingest, error) { return &sink{}, nil },
		Logger:  slog.New(panicCounter{slog.DiscardHandler, &d.panics}),
		Metrics: NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		tb.Fatal(err)
	}
	d.conf = server.conf
	return d
}

// panicCounter counts what sessions log as errors, which is only panics.
type panicCounter struct {
	slog.Handler
	n *int
}

func (p panicCounter) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (p panicCounter) WithAttrs([]slog.Attr) slog.Handler           { return p }
func (p panicCounter) Handle(context.Context, slog.Record) error    { *p.n++; return nil }

var handshakeBytes = append([]byte{3}, make([]byte, 2*1536)...)

// serve runs one session whose peer says wire after its handshake, and returns
// the ingest if it was let in.
func (d *door) serve(wire []byte) *sink {
	peer := &memory{in: io.MultiReader(bytes.NewReader(handshakeBytes), bytes.NewReader(wire))}
	s := newSession(d.conf, peer, netip.AddrPort{}, func() {})
	s.run(context.Background())
	out, _ := s.ingest.(*sink)
	return out
}

// sessions are good ones: ffmpeg's as it was, in chunks of 128 bytes, with AMF3
// commands, with aggregates, and with every timestamp extended.
func sessions(tb testing.TB) map[string][]byte {
	tb.Helper()
	var all []Message
	c := NewConn(&memory{in: bytes.NewReader(captured(tb))}, Limits{})
	for {
		m, err := c.ReadMessage()
		if err == io.EOF {
			break
		} else if err != nil {
			tb.Fatal(err)
		}
		all = append(all, m)
	}
	rewrite := func(chunkSize int, f func(*Message)) []byte {
		w := newChunkWriter()
		var out []byte
		if chunkSize != w.chunkSize {
			out = laid(w, Message{Type: TypeSetChunkSize, Body: []byte{0, 0, byte(chunkSize >> 8), byte(chunkSize)}})
		}
		for _, m := range all {
			f(&m)
			out = append(out, laid(w, m)...)
		}
		return out
	}
	return map[string][]byte{
		"as it was":       captured(tb),
		"small chunks":    rewrite(128, func(*Message) {}),
		"extended times":  rewrite(128, func(m *Message) { m.Time += 1 << 25 }),
		"AMF3":            rewrite(4096, toAMF3),
		"with aggregates": rewrite(4096, toAggregate),
	}
}

func toAMF3(m *Message) {
	switch m.Type {
	case TypeCommand:
		m.Type, m.Body = TypeCommandAMF3, append([]byte{0}, m.Body...)
	case TypeData:
		m.Type, m.Body = TypeDataAMF3, append([]byte{0}, m.Body...)
	}
}

func toAggregate(m *Message) {
	if m.Type == TypeAudio || m.Type == TypeVideo {
		m.Body = tag(m.Type, m.Time, m.Body...).Bytes()
		m.Type = TypeAggregate
	}
}

// TestSessionsByForm: each form of the same session is the same to the ingest.
func TestSessionsByForm(t *testing.T) {
	d := newDoor(t)
	want := 0
	for name, wire := range sessions(t) {
		got := d.serve(wire)
		if got == nil || got.closed != 1 {
			t.Fatalf("%s: %+v", name, got)
		}
		if want == 0 {
			want = got.packets
		}
		if got.packets != want || want < 40 {
			t.Errorf("%s: %d packets, others have %d", name, got.packets, want)
		}
	}
}

// TestMutatedSessions is T25's small half, ten thousand sessions: what becomes
// of a good one when bits flip, and pieces are lost, doubled and put in.
func TestMutatedSessions(t *testing.T) {
	const each = 2000 // of five
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var forms sync.WaitGroup
	var in atomic.Int64
	for name, wire := range sessions(t) {
		d := newDoor(t)
		forms.Go(func() {
			for seed := range uint64(each) {
				if d.mutant(t, name, seed, wire) {
					in.Add(1)
				}
			}
		})
	}
	forms.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
		t.Errorf("heap grew by %d bytes", grown)
	}
	if in.Load() < each { // or the mutations only ever reach the first bytes
		t.Errorf("only %d got as far as publish", in.Load())
	}
}

// mutant serves one mutated session and tells whether it came as far as publish.
func (d *door) mutant(t *testing.T, name string, seed uint64, wire []byte) bool {
	begun := time.Now()
	got := d.serve(mutate(rand.New(rand.NewPCG(seed, 25)), wire))
	if got != nil && got.closed != 1 {
		t.Errorf("%s, seed %d: closed %d times", name, seed, got.closed)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("%s, seed %d: took %v", name, seed, took)
	}
	if d.panics > 0 {
		t.Errorf("%s, seed %d: panic", name, seed)
	}
	d.panics = 0
	return got != nil
}

// mutate damages a copy of b in a few places.
func mutate(rnd *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + rnd.IntN(6) {
		if len(b) < 2 {
			return b
		}
		at := rnd.IntN(len(b))
		if rnd.IntN(2) == 0 { // commands are at the beginning
			at = rnd.IntN(min(len(b), 800))
		}
		n := 1 + rnd.IntN(min(16, len(b)-at))
		switch rnd.IntN(6) {
		case 0:
			b[at] ^= 1 << rnd.IntN(8)
		case 1:
			b[at] = []byte{0, 1, 0x7F, 0x80, 0xFF, byte(rnd.Uint32())}[rnd.IntN(6)]
		case 2: // a piece is lost
			b = append(b[:at], b[at+n:]...)
		case 3: // a piece is doubled
			b = append(b[:at+n], bytes.Clone(b[at:])...)
		case 4: // something is put in
			b = append(b[:at], append(bytes.Repeat([]byte{byte(rnd.Uint32())}, n), b[at:]...)...)
		case 5:
			b = b[:len(b)-rnd.IntN(min(len(b), 200))]
		}
	}
	return b
}
