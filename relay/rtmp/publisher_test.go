package rtmp_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// dialled publishes to pl and closes when the test ends.
func dialled(t *testing.T, d *rtmp.Dialer, to rtmp.Target) *rtmp.Publisher {
	t.Helper()
	p, err := d.Publish(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// ended waits for p's Done.
func ended(t *testing.T, p *rtmp.Publisher) error {
	t.Helper()
	select {
	case <-p.Done():
		return p.Err()
	case <-time.After(5 * time.Second):
		t.Fatal("Done was not closed")
		return nil
	}
}

// eventually waits until what happens in kernels and other goroutines has.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		<-time.After(time.Millisecond)
	}
}

// TestPublisherDialogue looks at what the server was told, word for word.
func TestPublisherDialogue(t *testing.T) {
	for _, tt := range []struct {
		name    string
		fourCCs []string
		want    map[string]any
	}{
		{"classic", nil, map[string]any{}},
		{"enhanced", []string{"hvc1", "av01"}, map[string]any{"fourCcList": []any{"hvc1", "av01"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pl := scripted(t, answers{"releaseStream": failure(nil), "FCPublish": failure(map[string]any{"level": "error", "code": "no"})})
			to := target("rtmp://" + pl.addr + "/live2?backup=1")
			to.FourCCs = tt.fourCCs
			_ = dialled(t, &rtmp.Dialer{Version: "1.2"}, to)
			said := (<-pl.peers).said
			want := tt.want
			want["app"], want["type"] = "live2?backup=1", "nonprivate"
			want["flashVer"], want["tcUrl"] = "FMLE/3.0 (compatible; hawker/1.2)", "rtmp://"+pl.addr+"/live2?backup=1"
			if !reflect.DeepEqual(said, []rtmp.Command{
				{Name: "connect", Txn: 1, Values: []any{want}},
				{Name: "releaseStream", Txn: 2, Values: []any{nil, key}},
				{Name: "FCPublish", Txn: 3, Values: []any{nil, key}},
				{Name: "createStream", Txn: 4, Values: []any{nil}},
				{Name: "publish", Txn: 5, Values: []any{nil, key, "live"}},
			}) {
				t.Errorf("said %v", said)
			}
		})
	}
}

// TestPublisherMedia sends media and a goodbye; the server has it all, on the
// message stream that it gave out.
func TestPublisherMedia(t *testing.T) {
	got := make(chan rtmp.Message, 16)
	pl := scripted(t, answers{"publish": func(p *peer, c rtmp.Command) {
		usual(p, c)
		for {
			m, err := p.ReadMessage()
			if err != nil {
				close(got)
				return
			}
			got <- m
		}
	}})
	p := dialled(t, &rtmp.Dialer{}, target("rtmp://"+pl.addr+"/live"))
	sent := []rtmp.Message{
		{Type: rtmp.TypeData, Body: rtmp.SetDataFrame([]byte("\x02\x00\x0aonMetaData"))},
		{Type: rtmp.TypeVideo, Time: 0, Body: bytes.Repeat([]byte{1}, 200_000)},
		{Type: rtmp.TypeAudio, Time: 1 << 25, Body: []byte{2}},
	}
	if err := p.Write(sent); err != nil {
		t.Fatal(err)
	}
	if err := p.Goodbye(); err != nil {
		t.Fatal(err)
	}
	for _, want := range sent {
		want.StreamID = 7
		if m := <-got; !reflect.DeepEqual(m, want) {
			t.Errorf("the server got type %d at %d, %d bytes", m.Type, m.Time, len(m.Body))
		}
	}
	for _, want := range []rtmp.Command{{Name: "FCUnpublish", Txn: 6, Values: []any{nil, key}}, {Name: "deleteStream", Txn: 7, Values: []any{nil, 7.0}}} {
		if c, err := rtmp.ParseCommand((<-got).Body); err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("the server got %v %v, want %v", c, err, want)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if m, more := <-got; more {
		t.Errorf("after the goodbye came %v", m)
	}
	if p.Remote() != pl.addr {
		t.Errorf("remote %s", p.Remote())
	}
}

func TestPublisherDone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after func(*peer)
		want  string
		code  string // of the Refusal
	}{
		{"closed", func(p *peer) { _ = p.nc.Close() }, "the server closed the connection", ""},
		{"refused late", func(p *peer) { status("error", rtmp.CodeDenied, "banned: "+key)(p, rtmp.Command{}) }, "banned: ***", rtmp.CodeDenied},
		{"close", func(p *peer) { p.reply(0, "close", 0) }, "without a reason", ""},
		{"nonsense", func(p *peer) { _, _ = p.nc.Write(bytes.Repeat([]byte{0xFF}, 64)) }, "protocol error", ""},
		{"a message over the limit", func(p *peer) { _, _ = p.nc.Write([]byte("\x04\x00\x00\x00\xff\xff\xff\x09\x00\x00\x00\x00")) }, "over the limit", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pl := scripted(t, nil)
			p := dialled(t, &rtmp.Dialer{}, target("rtmp://"+pl.addr+"/live"))
			if err := p.Err(); err != nil {
				t.Fatalf("at the start: %v", err)
			}
			tt.after(<-pl.peers)
			err := ended(t, p)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			refusesKey(t, err.Error())
			var r *rtmp.Refusal
			if tt.code != "" && (!errors.As(err, &r) || r.Code != tt.code) {
				t.Errorf("got %v, want a refusal with %s", err, tt.code)
			}
		})
	}
}

// TestPublisherKeepsOn: what a server says beside the point ends nothing, pings
// are answered, and the log tells of it without the key.
func TestPublisherKeepsOn(t *testing.T) {
	pongs := make(chan []byte, 1)
	pl := start(t, nil, func(pl *platform) func(net.Conn) {
		return func(nc net.Conn) {
			pl.dialogue(answers{"publish": func(p *peer, c rtmp.Command) {
				usual(p, c)
				p.reply(0, "onBWDone", 0, nil, 8192)
				p.reply(0, "on"+key, 0, nil, map[string]any{"code": "say " + key, "description": key})
				_ = p.Write(rtmp.Message{Type: rtmp.TypeCommand, Body: []byte("no AMF")}, rtmp.Message{Type: rtmp.TypeData, Body: []byte{9}})
				_ = p.Write(rtmp.Message{Type: rtmp.TypeUserControl, Body: []byte{0, 6, 1, 2, 3, 4}})
				pong := make([]byte, 12+6)
				if _, err := p.nc.Read(pong); err == nil {
					pongs <- pong
				}
			}})(nc)
		}
	})
	var log bytes.Buffer
	p := dialled(t, &rtmp.Dialer{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, target("rtmp://"+pl.addr+"/live"))
	select {
	case pong := <-pongs:
		if want := []byte{2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4}; !bytes.Equal(pong, want) {
			t.Errorf("the ping was answered with %x", pong)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("no pong")
	}
	if err := p.Err(); err != nil {
		t.Error(err)
	}
	_ = p.Close() // and its reader, which writes the log
	for _, want := range []string{"onBWDone", "say ***", "cannot be read"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	refusesKey(t, log.String())
}

// TestPublisherCounters: what the peer's TCP has taken comes to equal what was
// written; of a peer that stops reading it stops, and writing soon after: our
// kernel does not swallow what nobody takes.
func TestPublisherCounters(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tell what was acknowledged")
	}
	ca := newAuthority(t)
	for scheme, conf := range map[string]*tls.Config{"rtmp": nil, "rtmps": {Certificates: []tls.Certificate{ca.server(t, "localhost", time.Hour)}}} {
		t.Run(scheme, func(t *testing.T) {
			release := make(chan struct{})
			pl := start(t, conf, func(pl *platform) func(net.Conn) {
				return pl.dialogue(answers{"publish": func(p *peer, c rtmp.Command) { usual(p, c); <-release }})
			})
			t.Cleanup(func() { close(release) })
			_, port, _ := net.SplitHostPort(pl.addr)
			to := target(fmt.Sprintf("%s://localhost:%s/live", scheme, port))
			to.CAFile = ca.file
			p := dialled(t, &rtmp.Dialer{}, to)
			eventually(t, "all of the dialogue is acknowledged", func() bool { return p.Written() > 3073 && p.Acked() == p.Written() })
			before := p.Acked()

			writing := make(chan error, 1)
			go func() {
				for {
					if err := p.Write([]rtmp.Message{{Type: rtmp.TypeVideo, Body: make([]byte, 64<<10)}}); err != nil {
						writing <- err
						return
					}
				}
			}()
			stuck, written, moved := before, before, time.Now()
			eventually(t, "acknowledged stops, and written", func() bool {
				a, w := p.Acked(), p.Written()
				if a < stuck || w < written {
					t.Fatalf("acknowledged went from %d to %d, written from %d to %d", stuck, a, written, w)
				}
				if a > stuck || w > written {
					stuck, written, moved = a, w, time.Now()
				}
				return w > before && time.Since(moved) > 200*time.Millisecond
			})
			if written > stuck+256<<10 {
				t.Errorf("%d bytes acknowledged and %d written: the kernel took what it cannot send", stuck, written)
			}
			if stuck <= before {
				t.Errorf("acknowledged %d before, %d after", before, stuck)
			}
			_ = p.Close()
			if err := <-writing; err == nil {
				t.Error("a write outlived Close")
			}
			if p.Acked() > p.Written() {
				t.Errorf("after Close: %d acknowledged, %d written", p.Acked(), p.Written())
			}
		})
	}
}

// TestPublisherCloseTwice: a second Close and a late write do no harm.
func TestPublisherCloseTwice(t *testing.T) {
	pl := scripted(t, nil)
	p := dialled(t, &rtmp.Dialer{}, target("rtmp://"+pl.addr+"/live"))
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	_ = p.Close()
	if err := ended(t, p); err == nil {
		t.Error("no reason after Close")
	}
	if err := p.Write([]rtmp.Message{{Type: rtmp.TypeAudio}}); err == nil {
		t.Error("a write after Close went well")
	}
}
